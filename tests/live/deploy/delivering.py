"""Orders that ship: what the shop tells its customers in these tests, by every way in, and what became of it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Final

from columba_producer import EventRequest, Outbox, Producer
from columba_shared.log.engine import connect
from columba_shared.log.tables import delivery
from sqlalchemy import func, select

from tests.live.deploy.installation import Installation
from tests.services.smtp_record import accepted
from tests.system.system import Process, until

KIND: Final = "order.shipped"
LASTING: Final = ("relay", "ledger", "reconciler")


def addresses(name: str, count: int) -> list[str]:
    """Return that many customers' addresses, all beginning with the name."""
    return [f"{name}-{number:05}@example.org" for number in range(count)]


def requests(to: Sequence[str], *, defer_for: timedelta | None = None) -> Iterator[EventRequest]:
    """Yield an event for each."""
    for number, address in enumerate(to):
        yield EventRequest(kind=KIND, to=address, context=_context(number), defer_for=defer_for)


def publish(installation: Installation, to: Sequence[str], *, defer_for: timedelta | None = None) -> None:
    """Publish through the broker, as an app with the producer's role does."""
    with Producer(installation.url_of_role("producer")) as producer:
        producer.enqueue_many(requests(to, defer_for=defer_for))


def write(installation: Installation, to: Sequence[str]) -> None:
    """Write into the outbox, as an app does in its own transaction."""
    engine = connect(installation.secret("database_url_app"))
    with engine.begin() as transaction:
        outbox = Outbox(transaction)
        for number, address in enumerate(to):
            outbox.enqueue(KIND, to=address, context=_context(number))
    engine.dispose()


@contextmanager
def started(installation: Installation, *, email: int) -> Iterator[list[Process]]:
    """Start all that lasts, with that many email processes, and give those once everything is healthy."""
    others = [installation.start(name) for name in LASTING]
    workers = [installation.start("email") for _ in range(email)]
    for process in (*others, *workers):
        until(partial(installation.healthy, process), f"{process.log.stem} is healthy")
    yield workers


def states(installation: Installation, name: str) -> Counter[str]:
    """Return how the deliveries to these customers stand."""
    query = select(delivery.c.state, func.count()).where(delivery.c.address.startswith(f"{name}-"))
    return Counter(
        {str(state): int(str(number)) for state, number in installation.rows(query.group_by(delivery.c.state))}
    )


def await_states(installation: Installation, name: str, wanted: dict[str, int]) -> None:
    """Wait until they stand exactly so."""
    until(
        lambda: states(installation, name) == wanted,
        lambda: f"{name}: {wanted}, not {states(installation, name)}\n{installation.told()}",
    )


def copies(installation: Installation, name: str) -> Counter[str]:
    """Return how many mails the mail server took for each of them."""
    mails = (mail.rcpt_to[0] for mail in accepted(installation.smtp.entries()))
    return Counter(address for address in mails if address.startswith(f"{name}-"))


def _context(number: int) -> dict[str, object]:
    return {"number": number, "carrier": "pigeon post"}
