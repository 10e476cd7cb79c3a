"""`manage.py runmailer_pg`: the same as runmailer, on any database: Columba has no need of PostgreSQL's notices."""

from mailer.management.commands.runmailer import Command

__all__ = ["Command"]
