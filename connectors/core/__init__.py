"""The part common to all channels: inbox, transcript, router, outbox. Knows no vendor."""
