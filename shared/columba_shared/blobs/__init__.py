"""Where files go that are too large to travel: each content once, named by its hash, fetched at delivery."""
