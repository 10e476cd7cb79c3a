"""One pass over the mails about objects: deliver what is due, look at what waits, or cancel it."""

from typing import Final

from django.core.management import call_command

from columba_producer.django.about.wish import KINDS
from columba_producer.django.publishing import producer

_OURS: Final = ("--kind", f"{KINDS}.*")


def deliver_once(*, force: bool = False, dry_run: bool = False) -> None:
    """Deliver what is due and end, as for cron; ``force``: also what is due later; ``dry_run``: render, send nothing.

    Raises CommandError with Columba's exit status: 75 for what is tried again by a later pass, 1 for what is not.
    """
    if dry_run or force:
        call_command("columba", "relay", "--once")
    if dry_run:
        call_command("columba", "rehearse", "--members", *_OURS)
        return
    if force:
        call_command("columba", "reschedule", *_OURS, "--status", "scheduled", "--now", "--yes")
    if _embedded():
        call_command("columba", "up", "--once")
    else:
        call_command("columba", "relay", "--once")
        call_command("columba", "work", "email", "--once")


def cancel_waiting() -> None:
    """Cancel all that no provider has, recorded or not; raises CommandError with Columba's exit status."""
    call_command("columba", "cancel", "--all-pending", *_OURS, "--yes")


def _embedded() -> bool:
    embedded: bool = producer().configuration.settings.embedded
    return embedded
