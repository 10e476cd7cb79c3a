"""The SMTP server for tests as a process of its own, and the hand on its knobs."""

import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from msgspec import json

from tests.services.deadlines import wait_until
from tests.services.errors import ServerFailed
from tests.services.ports import LOOPBACK
from tests.services.smtp_faults import Faults
from tests.services.smtp_orders import Count, Order
from tests.services.smtp_record import Entry, Record
from tests.system import forks

_PROJECT: Final = Path(__file__).parents[2]
_SECONDS: Final = 20.0
_START: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpProcess:
    """A running server: where it takes mail and orders, and where it writes what it saw."""

    port: int
    control: int
    record: Path
    _read: Record = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Begin at the record's beginning."""
        object.__setattr__(self, "_read", Record(self.record))

    @property
    def url(self) -> str:
        """What to set COLUMBA_SMTP_URL to."""
        return f"smtp://{LOOPBACK}:{self.port}"

    def set_faults(self, faults: Faults) -> Count:
        """Behave like this from now on."""
        return self._order(Order(do="set_faults", faults=faults))

    def go_down(self) -> Count:
        """Refuse connections, and cut those that are open."""
        return self._order(Order(do="go_down"))

    def come_up(self) -> Count:
        """Listen again, on the same port."""
        return self._order(Order(do="come_up"))

    def count(self) -> Count:
        """Return how many mails were answered and accepted, and how many connections are open; flushes the record."""
        return self._order(Order(do="count"))

    def entries(self) -> list[Entry]:
        """Return everything that was seen up to now."""
        self.count()
        return self._read.entries()

    def _order(self, order: Order) -> Count:
        with socket.create_connection((LOOPBACK, self.control), timeout=_SECONDS) as connection:
            connection.sendall(json.encode(order) + b"\n")
            with connection.makefile("rb") as answers:
                line = answers.readline()
        answer: dict[str, Any] = json.decode(line or b'{"error": "it is gone"}')
        if "error" in answer:
            raise ServerFailed(f"the SMTP server for tests: {answer['error']}")
        return Count(**answer)


@contextmanager
def smtp_process(record: Path, *, bodies: bool = False) -> Iterator[SmtpProcess]:
    """Run a server in a process of its own; it ends with the block, and with this process, however that ends."""
    arguments = ["--leashed", "--record", str(record.absolute()), *(["--bodies"] if bodies else [])]
    with tempfile.TemporaryDirectory() as folder:
        leash, said, complained = (Path(folder) / name for name in ("leash", "said", "complained"))
        os.mkfifo(leash)
        held = os.open(leash, os.O_RDWR)  # by this process alone, so that it ends with it
        streams = [str(stream) for stream in (leash, said, complained)]
        process = forks.started(
            program="tests.services.smtp_server",
            arguments=arguments,
            folder=_PROJECT,
            environment=dict(os.environ),
            streams=streams,
        )
        try:
            wait_until(lambda: _has_said(said) or process.poll() is not None, within=_START)
            if not _has_said(said):
                raise ServerFailed(f"the SMTP server for tests did not start:\n{complained.read_text()}")
            yield SmtpProcess(record=record, **json.decode(said.read_bytes()))
        finally:
            process.terminate()
            process.wait(_SECONDS)
            os.close(held)


def _has_said(said: Path) -> bool:
    return said.exists() and said.read_bytes().endswith(b"\n")
