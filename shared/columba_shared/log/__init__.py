"""The log: the database that knows what is pending and what happened to every recipient."""
