"""What Columba needs in a project's database: the outbox."""
