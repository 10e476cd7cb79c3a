"""A newspaper's desk, which tells its readers by pigeonpost."""
