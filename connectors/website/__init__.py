"""The website channel: the chat's HTTP interface, the widget, the secure pages and the demo pages."""
