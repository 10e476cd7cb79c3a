"""The one publisher: producers, the relay, the reconciler and the command line all hand messages over here."""

import time
import weakref
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from columba_shared.publishing.batch import Batch
from columba_shared.publishing.connection import CONNECT_TIMEOUT, Access
from columba_shared.publishing.message import Message
from columba_shared.publishing.pool import Pool
from columba_shared.publishing.report import Report

CONFIRM_TIMEOUT: Final = timedelta(seconds=5)


class Publisher:
    """Publishes mandatory messages and waits for the broker's confirm. May be shared by threads and forked processes.

    Connections are opened when first needed. Nothing waits longer than the timeout without the broker making progress.
    """

    def __init__(
        self,
        url: str,
        *,
        timeout: timedelta = CONFIRM_TIMEOUT,
        ca_file: Path | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        access = Access.to(url, ca_file=ca_file, io_timeout=timeout)
        self._access = replace(access, connect_timeout=min(CONNECT_TIMEOUT, timeout))
        self._timeout = timeout
        self._clock = clock
        self._pool = Pool(self._access)
        weakref.finalize(self, self._pool.close)

    def publish(self, message: Message) -> None:
        """Return once the broker has the message.

        Raises Unroutable, Refused or BrokerAway when it certainly has not, and Unconfirmed when nobody knows.
        """
        report = self.publish_many((message,))
        for failure in report.failures:
            raise failure.error

    def publish_many(self, messages: Iterable[Message], *, in_order: bool = False) -> Report:
        """Publish in order, hundreds of confirms at a time, and report what failed.

        When a connection breaks, the messages after those that were open on it take another one; with ``in_order`` they
        do not: nothing follows what nobody knows to have arrived.

        Raises only what the iterable raises. Memory stays flat: only open messages and those that failed are kept.
        """
        return Batch(self._pool, timeout=self._timeout, clock=self._clock, in_order=in_order).run(messages)

    def close(self) -> None:
        """Close the idle connections; also done when the process ends. Publishing again opens new ones."""
        self._pool.close()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Close."""
        self.close()

    def __repr__(self) -> str:
        """Name the broker, without its password."""
        return f"Publisher({str(self._access)!r})"
