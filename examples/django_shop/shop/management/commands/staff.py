"""`manage.py staff`: somebody who may enter the admin, with a new password each time."""

import argparse
import secrets
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand

_NAME = "admin"


class Command(BaseCommand):
    """Makes the user, and prints how to log in."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the port that the shop will have."""
        parser.add_argument("port", type=int)

    def handle(self, *, port: int, **_: Any) -> None:  # noqa: ANN401 - options of Django's
        """Print it."""
        password = secrets.token_urlsafe(9)
        users = get_user_model().objects
        user = users.filter(username=_NAME).first() or users.create_superuser(_NAME)
        user.set_password(password)
        user.save()
        self.stdout.write(f"See what became of it at http://127.0.0.1:{port}/admin/ as {_NAME}, password {password}")
