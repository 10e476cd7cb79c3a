"""`manage.py pigeon_check`: whether anything has waited too long; 0 no, 1 a while, 2 too long."""

import sys
from typing import Any, Final

from columba_producer.django import commanding
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

_OLD_SECONDS: Final = 10 * 60
_TOO_OLD_SECONDS: Final = 30 * 60


class Command(BaseCommand):
    """`columba health`, asked with both ages."""

    help = "Say whether pushes flow: exit 0, 1 for old, 2 for too old. From now on: manage.py columba health"

    def handle(self, **_: Any) -> None:
        """Exit with the status."""
        self.stderr.write("pigeon_check: from now on `manage.py columba health --older-than 10m`")
        if _is_well(getattr(settings, "CARRIER_PIGEON_CHECK_OLD_AGE", _OLD_SECONDS)):
            return
        sys.exit(1 if _is_well(getattr(settings, "CARRIER_PIGEON_CHECK_TOO_OLD_AGE", _TOO_OLD_SECONDS)) else 2)


def _is_well(seconds: int) -> bool:
    try:
        commanding.run("health", "--older-than", f"{seconds}s")
    except CommandError:
        return False
    return True
