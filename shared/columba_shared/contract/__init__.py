"""The contract: which facts the templates of each kind need, as consumers write it and producers keep it."""
