"""A shop that sells a few things, and tells its customers."""
