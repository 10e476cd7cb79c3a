"""Open senders, kept for the next publish; every process has its own, and every thread uses one alone."""

import os
import threading
from typing import Final

from columba_shared.forking import forgets_when_forked
from columba_shared.publishing.connection import LIBRARY_ERRORS, Access
from columba_shared.publishing.errors import BrokerAway
from columba_shared.publishing.sender import Sender

MAX_IDLE: Final = 10


class Pool:
    """Lends senders. A forked child starts empty and never writes to a socket of its parent."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[Sender] = []
        self._everyone: set[Sender] = set()
        forgets_when_forked(self)

    def lend(self) -> Sender:
        """Return a sender that is good as far as can be told; raises BrokerAway.

        One that died while idle is replaced here, before anything was written, so this retry can double nothing.
        """
        if self._pid != os.getpid():
            self.forget()
        while True:
            with self._lock:
                sender = self._idle.pop() if self._idle else None
            if sender is None:
                return self._open()
            if sender.idle:
                return sender
            self.abandon(sender)

    def take_back(self, sender: Sender) -> None:
        """Keep a sender on which nothing is open, unless there are many already."""
        with self._lock:
            keep = len(self._idle) < MAX_IDLE
            if keep:
                self._idle.append(sender)
        if not keep:
            self._everyone.discard(sender)
            sender.connection.close()

    def abandon(self, sender: Sender) -> None:
        """Throw away a sender after an error: a late confirm must never be taken for the next message's."""
        self._everyone.discard(sender)
        sender.connection.abandon()

    def close(self) -> None:
        """Close what is idle."""
        if self._pid != os.getpid():
            return
        with self._lock:
            idle, self._idle = self._idle, []
        for sender in idle:
            self._everyone.discard(sender)
            sender.connection.close()

    def forget(self) -> None:
        """In a forked child: begin anew, leaving the parent's connections to the parent."""
        inherited = self._everyone
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle, self._everyone = [], set()
        for sender in inherited:
            sender.connection.forget()

    def _open(self) -> Sender:
        try:
            sender = Sender.open(self._access)
        except LIBRARY_ERRORS as error:
            raise BrokerAway(f"the broker at {self._access} went away while connecting") from error
        self._everyone.add(sender)
        return sender
