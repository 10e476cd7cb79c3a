"""What stands against a delivery at the moment of its claim: opt-outs, addresses out of use, people to forget."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from columba_shared.log import addresses, optouts, orders, remembrance
from columba_shared.log.addresses import Entry
from columba_shared.log.audit import Author
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.optouts import Refusal
from columba_shared.log.tables import tombstone
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine, insert

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

BOB = Author(who="bob")
ADDRESS = "bob@example.org"


def to_42(**changes: Any) -> DeliveryEntry:  # noqa: ANN401 - an event's fields
    """Return a delivery to user 42."""
    return delivery_of(event_of(**changes), user="42")


def refuse(log: Engine, **what: str) -> None:
    with log.begin() as connection:
        optouts.opt_out(connection, Refusal(user="42", **what), BOB, now=NOW)


def enter(log: Engine, *, user: str = "42", target: str = "email", given: str = ADDRESS, active: bool = True) -> None:
    with log.begin() as connection:
        addresses.add(connection, Entry(user_id=user, target=target, address=given), now=NOW)
    if not active:
        with log.begin() as connection:
            addresses.set_active(connection, user, active=False, now=NOW, target=target, given=given)


def forget(log: Engine, given: str, *, at: datetime) -> None:
    """Put up a tombstone, as `columba forget` does first."""
    with log.begin() as connection:
        orders.raise_generation(connection)
        secret = orders.in_force(connection).secret
        connection.execute(insert(tombstone), {"hash": orders.hashed(given, secret), "at": at})


def claimed(log: Engine, writer: Writer, entry: DeliveryEntry, **how: Any) -> tuple[str, str | None]:  # noqa: ANN401 - fields
    """Claim it; return how it stands then."""
    with log.begin() as connection:
        writer.claim(connection, [claim_of(entry, **how)])
    row = delivery_row(log, entry.id)
    return row.state, row.reason


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({}, "opted out of everything"),
        ({"category": "invoice"}, "opted out of invoice"),
        ({"target": "email"}, "opted out of everything by email"),
        ({"category": "invoice", "target": "email"}, "opted out of invoice by email"),
    ],
)
def test_what_a_user_does_not_want_is_not_sent_and_says_why(
    log: Engine, writer: Writer, what: dict[str, str], reason: str
) -> None:
    refuse(log, **what)
    assert claimed(log, writer, to_42()) == ("suppressed", reason)


@pytest.mark.parametrize("what", [{"category": "news"}, {"target": "sms"}, {"category": "invoice", "target": "sms"}])
def test_what_is_about_something_else_stands_against_nothing(log: Engine, writer: Writer, what: dict[str, str]) -> None:
    refuse(log, **what)
    assert claimed(log, writer, to_42())[0] == "sending"


def test_a_category_given_at_publish_counts_and_not_the_kinds_first_word(log: Engine, writer: Writer) -> None:
    refuse(log, category="news")
    assert claimed(log, writer, to_42(category="news")) == ("suppressed", "opted out of news")
    refuse(log, category="invoice")
    assert claimed(log, writer, to_42(category="billing"))[0] == "sending"


def test_a_refusal_is_its_users_own(log: Engine, writer: Writer) -> None:
    refuse(log)
    assert claimed(log, writer, delivery_of(event_of(), user="43"))[0] == "sending"
    assert claimed(log, writer, delivery_of(event_of()))[0] == "sending"


def test_a_refusal_taken_back_stands_against_nothing(log: Engine, writer: Writer) -> None:
    refuse(log)
    with log.begin() as connection:
        optouts.opt_in(connection, Refusal(user="42"), BOB, now=LATER)
    assert claimed(log, writer, to_42())[0] == "sending"


def test_an_address_out_of_use_is_not_sent_to_from_its_commit_on(log: Engine, writer: Writer) -> None:
    first, second = to_42(), to_42()
    enter(log)
    assert claimed(log, writer, first)[0] == "sending"
    with log.begin() as connection:
        assert addresses.set_active(connection, "42", active=False, now=NOW) == 1
    assert claimed(log, writer, second) == ("suppressed", "address not active")


@pytest.mark.parametrize("elsewhere", [{"user": "43"}, {"target": "sms"}, {"given": "other@example.org"}])
def test_an_address_out_of_use_elsewhere_is_in_use_here(log: Engine, writer: Writer, elsewhere: dict[str, str]) -> None:
    enter(log)
    enter(log, active=False, **elsewhere)
    assert claimed(log, writer, to_42())[0] == "sending"


def test_what_ends_without_a_provider_ends_as_it_would(log: Engine, writer: Writer) -> None:
    refuse(log)
    assert claimed(log, writer, to_42(), state=State.EXPIRED, reason="expired") == ("expired", "expired")


def test_who_was_forgotten_is_not_told_and_not_named(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    forget(log, ADDRESS, at=NOW)
    state, reason = claimed(log, writer, entry)
    row = delivery_row(log, entry.id)
    assert (state, reason) == ("cancelled", "forgotten")
    assert ADDRESS not in str(row)
    assert row.address.startswith("forgotten:")


def test_what_was_asked_for_after_somebody_was_forgotten_is_told(log: Engine, writer: Writer) -> None:
    forget(log, ADDRESS, at=NOW - timedelta(microseconds=1))
    assert claimed(log, writer, delivery_of())[0] == "sending"


def test_nothing_makes_a_delivery_go_again_to_whom_nobody_may_remember(log: Engine) -> None:
    gone, later, other = delivery_of(), delivery_of(asked_at=LATER), delivery_of(address="amy@example.org")
    record(log, gone, later, other)
    forget(log, ADDRESS, at=NOW)
    with log.begin() as connection:
        remembrance.begin(connection)
        assert remembrance.forgotten(connection, [gone.id, later.id, other.id]) == {gone.id}
        assert remembrance.forgotten(connection, []) == set()
