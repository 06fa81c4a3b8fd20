"""The gateway: what customers' channels talk to. Knows channels and turns, nothing of insurance."""
