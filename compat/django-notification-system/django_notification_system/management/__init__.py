"""Commands under their old names."""
