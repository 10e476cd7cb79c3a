"""None: the outbox is the log's table. Django tells only apps with such a module what it has done to their tables."""
