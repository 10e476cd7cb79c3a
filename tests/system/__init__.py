"""Columba as a whole, run by the commands that its users run."""
