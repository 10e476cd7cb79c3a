"""Functions that make notices for all of a user's addresses in a channel."""
