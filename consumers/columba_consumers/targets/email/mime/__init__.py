"""Mail as bytes: built by hand for the common shapes, because the standard library needs a hundred times as long."""
