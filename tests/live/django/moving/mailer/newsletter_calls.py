"""Calls functions of the app for a test, in one process: their names and arguments come as JSON."""

import json
import sys
import warnings

import django
from django.core.management import call_command


def _migrate() -> None:
    call_command("migrate", verbosity=0)
    call_command("columba", "migrate", "--json")


def main(calls: list[list[object]]) -> None:
    """Print what they returned, and of an error its name and words."""
    warnings.simplefilter("ignore", DeprecationWarning)
    django.setup()
    from newsletter import letters  # noqa: PLC0415 - needs the settings

    found: list[object] = []
    for name, *arguments in calls:
        try:
            function = _migrate if name == "migrate" else getattr(letters, str(name))
            found.append(function(*arguments))
        except Exception as error:  # noqa: BLE001 - the test asks which
            found.append(f"{type(error).__name__}: {error}")
    print(f"\n{json.dumps(found)}")  # noqa: T201 - a program


main(json.loads(sys.argv[1]))
