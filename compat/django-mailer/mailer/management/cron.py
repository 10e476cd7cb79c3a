"""The option of commands that print nothing but errors when they are told so, which does nothing any more."""

import argparse

from mailer.deprecated import tell


class CronArgMixin:
    """Adds ``--cron``, as some crontabs have it."""

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take it."""
        parser.add_argument("-c", "--cron", default=0, type=int, help="does nothing")

    def warn_of(self, command: str, *, cron: int) -> None:
        """Tell that it does nothing."""
        if cron:
            tell(f"mailer: {command} --cron", f"{command} without it")
