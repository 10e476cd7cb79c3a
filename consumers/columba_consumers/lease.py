"""The lease of this process: a heartbeat in the log, and the question whether it still counts."""

import time
from collections.abc import Callable
from itertools import count
from threading import Event, Thread
from uuid import UUID, uuid4

from columba_shared.log import leases
from columba_shared.log.entries import Lease
from columba_shared.telemetry import emit
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

BEATS_PER_LEASE = 4


class ProcessLease:
    """Beats in a thread of its own, so that neither a slow render nor a slow commit looks like death.

    Whoever is declared dead by an observer takes a new identity: its old claims are no longer its own.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        role: str,
        lease_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
        new_id: Callable[[], UUID] = uuid4,
    ) -> None:
        """Prepare a lease for a process in this role; it holds nothing before ``open``."""
        self._engine = engine
        self._role = role
        self._lease_seconds = lease_seconds
        self._monotonic = monotonic
        self._new_id = new_id
        self._tokens = count(1)
        self._process_id = new_id()
        self._good_until = float("-inf")
        self._stopping = Event()
        self._thread = Thread(target=self._beat_for_ever, name="lease", daemon=True)

    @property
    def process_id(self) -> UUID:
        """The identity under which this process claims."""
        return self._process_id

    def open(self) -> None:
        """Register this process and start beating; raises what the database raises."""
        self._register(self._process_id)
        self._thread.start()

    def take(self) -> Lease:
        """Return the lease for one more claim."""
        return Lease(process_id=self._process_id, token=next(self._tokens))

    def holds(self, lease: Lease) -> bool:
        """Say whether nobody can have declared this claim's process dead yet: ask just before the provider call."""
        return lease.process_id == self._process_id and self._monotonic() < self._good_until

    def close(self) -> None:
        """Stop beating and say that this process ended by its own will."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        try:
            leases.end(self._engine, self._process_id)
        except SQLAlchemyError:
            emit("lease.lost", process=self._process_id)

    def _register(self, process_id: UUID) -> None:
        """Take this identity once it is in the log: what nobody there knows to live may be settled as abandoned."""
        started = self._monotonic()
        leases.register(self._engine, process_id, role=self._role)
        self._process_id = process_id
        self._good_until = started + self._lease_seconds

    def _beat_for_ever(self) -> None:
        while not self._stopping.wait(self._lease_seconds / BEATS_PER_LEASE):
            started = self._monotonic()
            try:
                if leases.beat(self._engine, self._process_id):
                    self._good_until = started + self._lease_seconds
                else:
                    emit("lease.lost", process=self._process_id)
                    self._good_until = float("-inf")
                    self._register(self._new_id())
                    emit("lease.renewed", process=self._process_id)
            except SQLAlchemyError as error:
                emit("lease.waiting", process=self._process_id, error=error)
