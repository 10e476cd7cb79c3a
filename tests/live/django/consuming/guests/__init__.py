"""A small app whose guests are written to."""
