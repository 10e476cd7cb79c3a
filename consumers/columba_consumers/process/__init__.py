"""Whole processes: what runs in a container, and the order in which it starts and stops."""
