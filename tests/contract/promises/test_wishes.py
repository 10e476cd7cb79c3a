"""What people wish holds on every way to them, however Columba is run: nobody is sent to, and the log says why."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import pytest
from columba_producer import Digest, EventRequest, Fallback, Producer, Recipient, User
from columba_producer.address_book import AddressBook
from columba_producer.suppression_list import SuppressionList
from columba_shared.clock import utc_now
from columba_shared.log.tables import delivery
from sqlalchemy import update

from tests.contract.promises.conftest import QUIET
from tests.system.system import Row, System, until

KIND: Final = "promise.wished"
NIGHT: Final = "Etc/GMT-12"
FAILS: Final = {"again": "for now", "retry": "for good", "replay": "for good"}
"""The ways of what has failed before: tried again by itself, and made to go again by people, in either way."""
STRAIGHT: Final = ("direct", "list", "deferred", "held", "keyed", "digest", "fallback", "audience", "user", "outbox")
LATE: Final = timedelta(hours=1)
Apply = Callable[[System, str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wishes, how it comes about, and what the log says of each delivery that it stops."""

    name: str
    apply: Apply
    state: str
    reason: str
    brought_back: str = ""
    """What `columba retry` says of it, where it does not even begin."""
    zone: str | None = None

    def address(self, way: str) -> str:
        """Return the address of whoever is reached that way."""
        return f"{way}-{self.name}@wishes.example"

    def recipient(self, way: str) -> Recipient:
        """Return whoever is reached that way."""
        return Recipient(address=self.address(way), user=f"{way}-{self.name}", zone=self.zone)


def suppress(columba: System, address: str) -> None:
    SuppressionList(columba.engine).suppress(address, why="no more")


def opt_out(columba: System, address: str) -> None:
    AddressBook(columba.engine).opt_out(address.partition("@")[0], category="promise")


def use_up(columba: System, address: str) -> None:
    with columba.producer() as producer:
        producer.enqueue(KIND, to=address)
    until(lambda: len(columba.mails(address)) == 1, "the one that it may get arrives")
    until(lambda: "sent" in {row.state for row in columba.deliveries(address)}, "that is on record")


def let_it_be_night(columba: System, address: str) -> None:
    """Whoever lives there has it always."""


SUPPRESSED: Final = Wish("suppressed", suppress, "suppressed", "address suppressed by the app: no more", "suppressed")
OPTED_OUT: Final = Wish("opted-out", opt_out, "suppressed", "opted out of promise", "suppressed")
CAPPED: Final = Wish(
    "capped", use_up, "suppressed", "capped: promise.wished=1/d at most, and 1 went to this address in that time"
)
QUIETED: Final = Wish(
    "quiet", let_it_be_night, "scheduled", f"quiet hours until {QUIET.partition('-')[2]} in {NIGHT}", zone=NIGHT
)


def requests(wish: Wish) -> Iterator[EventRequest]:
    """Return what is published once the wish is known, for each way that the app can take."""
    said: dict[str, Mapping[str, object]] = {
        "direct": {},
        "list": {"to": [wish.recipient("list"), f"beside-{wish.address('list')}"]},
        "deferred": {"defer_for": timedelta(seconds=1)},
        "held": {"hold": True},
        "keyed": {"key": wish.name},
        "digest": {"digest": Digest(window=timedelta(seconds=1))},
        "fallback": {
            "to": {
                "pager": Recipient(address=f"unregistered-{wish.name}@pager.example", user=f"fallback-{wish.name}"),
                "email": wish.recipient("fallback"),
            },
            "target": "pager",
            "fallback": Fallback("email", after=LATE),
        },
        "audience": {"to": None, "audience": "wishing", "context": {"member": _member(wish.recipient("audience"))}},
        "user": {"to": User(f"user-{wish.name}")},
    }
    for way, more in said.items():
        yield EventRequest(**{"kind": KIND, "to": wish.recipient(way), **more})  # type: ignore[arg-type]


def _member(recipient: Recipient) -> Mapping[str, str | None]:
    return {"address": recipient.address, "user": recipient.user, "zone": recipient.zone}


def before(columba: System, wish: Wish) -> Mapping[str, Row]:
    """Let what goes again later fail before the wish is known; return the deliveries."""
    with columba.producer() as producer:
        for way, fails in FAILS.items():
            producer.enqueue(KIND, to=wish.recipient(way), context={"fails": fails})
    if wish is QUIETED:  # as if it had failed by day
        for way in FAILS:
            await_quiet(columba, wish.address(way))
            _judged(columba, wish.address(way), "retrying" if way == "again" else "dead")
    else:
        for way in FAILS:
            columba.await_state(wish.address(way), "retrying" if way == "again" else "dead")
    return {way: columba.deliveries(wish.address(way))[0] for way in FAILS}


def await_quiet(columba: System, address: str) -> None:
    until(lambda: [row.reason for row in columba.deliveries(address)] == [QUIETED.reason], f"{address} waits")


def _judged(columba: System, address: str, state: str) -> None:
    values = {"state": state, "reason": "not well", "handed_on": False, "due_at": utc_now()}
    with columba.engine.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.address == address).values(**values))


def publish(columba: System, wish: Wish) -> None:
    """Publish what takes the straight ways; approve what is held."""
    AddressBook(columba.engine).add(
        User(f"user-{wish.name}", zone=wish.zone, addresses={"email": [wish.address("user")]})
    )
    with columba.producer() as producer, Producer(columba.database_url) as outbox:
        producer.enqueue_many(requests(wish))
        outbox.enqueue(KIND, to=wish.recipient("outbox"))
    held = wish.address("held")
    until(lambda: bool(stopped(columba, held)), "what is held is on record")
    row = stopped(columba, held)[0]
    if row.state == "held":
        columba.columba("approve", str(row.id), "--yes")


def stopped(columba: System, address: str) -> list[Row]:
    """Return the deliveries to an address, or the user whose it is, that were neither sent nor became others."""
    rows = [*columba.deliveries(address), *columba.deliveries(f"user:{address.partition('@')[0]}")]
    return [row for row in rows if row.state not in {"sent", "expanded", "gathered"}]


def told(columba: System, wish: Wish, way: str) -> bool:
    """Whether the log says of this way's delivery what it should."""
    return [
        (row.state, (row.reason or "").removesuffix(" by email")) for row in stopped(columba, wish.address(way))
    ] == [(wish.state, wish.reason)]


@pytest.mark.parametrize("wish", [SUPPRESSED, OPTED_OUT, CAPPED, QUIETED], ids=lambda wish: wish.name)
def test_no_way_leads_to_somebody_who_does_not_wish_it(columba: System, wish: Wish) -> None:
    failed = before(columba, wish)
    for way in (*FAILS, *STRAIGHT):
        wish.apply(columba, wish.address(way))
    for way in FAILS:
        (columba.folder / f"{wish.address(way)}.well").touch()
    publish(columba, wish)
    for command in ("retry", "replay"):
        done = json.loads(columba.columba(command, str(failed[command].id), "--yes", "--json"))
        assert done["left"] == ({wish.brought_back: 1} if wish.brought_back else {})
    stays = {"retry", "replay"} if wish.brought_back else set()
    for way in (*STRAIGHT, *FAILS):
        address = wish.address(way)
        if way in stays:
            assert [row.state for row in stopped(columba, address)] == ["dead"]
        else:
            until(
                lambda way=way: told(columba, wish, way),  # type: ignore[misc]
                lambda address=address: f"{address}: {[(row.state, row.reason) for row in stopped(columba, address)]}",  # type: ignore[misc]
            )
        assert len(columba.mails(address)) == (1 if wish is CAPPED else 0)
