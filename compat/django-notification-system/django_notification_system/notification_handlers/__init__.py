"""Functions that have one notice delivered now."""
