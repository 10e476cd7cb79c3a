"""One pass over what is queued about objects: deliver what is due, look at what waits, or cancel it."""

from datetime import datetime
from typing import Final

from columba_shared.about_mail import KINDS
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from django.core.management.base import CommandError

from columba_producer.django import commanding, one_pass
from columba_producer.django.about.in_vain import stopped_since
from columba_producer.django.about.memory import Memory

_OURS: Final = ("--kind", f"{KINDS}.*")


def deliver_once(*, force: bool = False, dry_run: bool = False) -> None:
    """Deliver what is due and end, as for cron; ``force``: also what is due later; ``dry_run``: render, send nothing.

    Raises CommandError with Columba's exit status: 75 for what is tried again by a later pass, 1 for what is not.
    """
    if dry_run or force:
        commanding.run("relay", "--once")
    if dry_run:
        commanding.run("rehearse", "--members", *_OURS)
        return
    if force:
        commanding.run("reschedule", *_OURS, "--status", "scheduled", "--now", "--yes")
    one_pass.deliver("email")


def cancel_waiting() -> None:
    """Cancel all that no provider has, recorded or not; raises CommandError with Columba's exit status.

    What was cancelled may be queued again, also where some have been told already: those who have not will be.
    """
    begun = utc_now()
    try:
        commanding.run("cancel", "--all-pending", *_OURS, "--yes")
    finally:  # also when it ended half-way: a later one would not look so far back
        problem = _reopen(begun)
    if problem is not None:
        raise CommandError(f"all is cancelled, but may not be queued again, since the log does not say what: {problem}")


def _reopen(begun: datetime) -> ColumbaError | None:
    """Let be queued again what was stopped since then; return why that cannot be."""
    try:
        stopped = stopped_since(begun)
    except ColumbaError as error:
        return error
    Memory.reopen_all(stopped)
    return None
