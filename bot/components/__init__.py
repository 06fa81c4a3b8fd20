"""Rasa graph components: how a message is understood. They know no dialogue and speak to no other program."""
