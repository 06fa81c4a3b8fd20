"""What Rasa loads (this package and `components`) and the action server (`actions`); the two share no code."""
