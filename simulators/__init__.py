"""Stand-ins for Telegram and WhatsApp, and a page on which one plays their customers. Never part of production.

Nothing here is imported by the assistant's programs, and nothing of theirs is imported here: both sides speak
the vendors' protocols over HTTP, as they do with the real vendors.
"""
