"""What a forked child must not go on with, since its parent does: connections, and locks that a thread held."""

import os
import weakref
from typing import Protocol


class Forgetful(Protocol):
    """Something that a child begins anew."""

    def forget(self) -> None:
        """In a forked child: leave to the parent what is the parent's."""


def forgets_when_forked(one: Forgetful) -> None:
    """See to it that every forked child lets this forget, for as long as it is in use."""
    _everything.add(one)


def _forget_all() -> None:
    for each in _everything:
        each.forget()


_everything: weakref.WeakSet[Forgetful] = weakref.WeakSet()

if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_all)
