"""One pass over what is queued about objects: deliver what is due, look at what waits, or cancel it."""

from typing import Final

from columba_shared.about_mail import KINDS
from columba_shared.clock import utc_now

from columba_producer.django import commanding, one_pass
from columba_producer.django.about.in_vain import cancelled_since
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
    commanding.run("cancel", "--all-pending", *_OURS, "--yes")
    Memory.reopen_all(cancelled_since(begun))
