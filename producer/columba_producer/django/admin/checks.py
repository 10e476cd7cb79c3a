"""What `manage.py check` says about the log in the admin."""

from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error

from columba_producer.django.program import NotInstalled, require_installed


def check_neighbours(**_: Any) -> list[CheckMessage]:  # noqa: ANN401 - as Django calls it
    """Return an error for whatever has to be installed beside it, and is not."""
    found: list[CheckMessage] = [
        Error(f"{name} has to be in INSTALLED_APPS beside columba_producer.django.admin", id="columba_admin.E001")
        for name in ("django.contrib.admin", "columba_producer.django")
        if not apps.is_installed(name)
    ]
    try:
        require_installed()
    except NotInstalled as error:
        found.append(Error(str(error), id="columba_admin.E002"))
    return found
