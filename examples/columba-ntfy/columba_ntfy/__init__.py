"""Columba delivers to ntfy."""
