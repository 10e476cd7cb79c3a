"""A file gets its final name, also on servers that put nothing in another file's place."""

from contextlib import AbstractContextManager, suppress
from typing import Final

from columba_consumers.errors import DeliveryError, Permanent
from columba_consumers.targets.files.ftp.session import FtpSession

_REPLACEMENTS: Final = 5
"""How often room is made, which others may take first."""


def rename(session: FtpSession, path: str, final: str, aside: str, alone: AbstractContextManager[object]) -> None:
    """Give a file its final name, in place of what has it; raises DeliveryError, and then the old one is there still.

    Where a server puts nothing in another file's place, the old one waits at ``aside``, and for a moment there is none
    of that name; ``alone`` keeps other threads from using that moment.
    """
    refused = session.renamed(path, final)
    if refused is None:
        return
    with alone:
        for _ in range(_REPLACEMENTS):
            if not session.is_file(path):
                break
            taken = session.is_file(final)
            refused = _replaced(session, path, final, aside) if taken else session.renamed(path, final)
            if refused is None:
                return
    raise refused


def _replaced(session: FtpSession, path: str, final: str, aside: str) -> Permanent | None:
    """Try it once; return the refusal when somebody else was quicker, and raise it when it was about something else."""
    if not _moved(session, final, aside):
        return session.renamed(path, final)
    refused = session.renamed(path, final)
    if refused is not None and _moved(session, aside, final):
        raise refused
    if refused is not None and not session.is_file(final):
        raise Permanent(f"{refused.reply}; what was there is now {aside}", code=refused.code)
    # A newer one has the place, ours or another's: what is left goes with the next attempt.
    with suppress(DeliveryError):
        session.remove(aside)
    return refused


def _moved(session: FtpSession, path: str, name: str) -> bool:
    try:
        return session.renamed(path, name) is None
    except Permanent:
        return False
