"""Who must not be written to is not, on any path, however Columba is run; each non-send says why on record."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from columba_producer import User
from columba_producer.address_book import AddressBook
from columba_producer.suppression_list import SuppressionList
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import System, until

REASON = "address suppressed by the app: no more"


def suppress(columba: System, *addresses: str) -> None:
    SuppressionList(columba.engine).suppress(*addresses, why="no more")


def enqueue(columba: System, to: object, **more: object) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.veto", to=to, context={"word": "w"}, **more)  # type: ignore[arg-type]


def await_suppressed(columba: System, address: str) -> None:
    columba.await_state(address, "suppressed")
    query = select(delivery.c.reason).where(delivery.c.address == address)
    assert {row.reason for row in columba.rows(query)} == {REASON}
    assert not columba.mails(address)


def test_it_is_not_written_to_directly_nor_as_one_of_a_list(columba: System) -> None:
    suppress(columba, "sup-direct@example.org", "@sup-domain.example")
    enqueue(columba, "Sup-Direct@Example.org")
    enqueue(columba, ["sup-other@example.org", "anybody@sup-domain.example"])
    await_suppressed(columba, "Sup-Direct@Example.org")
    await_suppressed(columba, "anybody@sup-domain.example")
    columba.await_state("sup-other@example.org", "sent")


def test_what_was_deferred_or_held_ends(columba: System) -> None:
    enqueue(columba, "sup-deferred@example.org", defer_for=timedelta(minutes=10))
    enqueue(columba, "sup-held@example.org", hold=True)
    columba.await_state("sup-deferred@example.org", "scheduled")
    columba.await_state("sup-held@example.org", "held")
    assert SuppressionList(columba.engine).suppress("sup-deferred@example.org", "sup-held@example.org").ended == 2
    for each in ("sup-deferred@example.org", "sup-held@example.org"):
        columba.await_state(each, "suppressed")
    (row,) = columba.deliveries("sup-held@example.org")
    columba.columba("approve", str(row.id), status=1)
    assert not columba.mails("sup-held@example.org")


def test_an_address_of_a_user_or_an_audience_is_left_out_and_the_others_are_not(columba: System) -> None:
    AddressBook(columba.engine).add(
        User("sup", addresses={"email": ["sup-user1@example.org", "sup-user2@example.org"]})
    )
    suppress(columba, "sup-user1@example.org", "sup-mix1@example.org")
    enqueue(columba, User("sup"))
    with columba.producer() as producer:
        producer.enqueue("promise.veto", audience="mixed", context={"name": "sup-mix", "word": "w"})
    await_suppressed(columba, "sup-user1@example.org")
    columba.await_state("sup-user2@example.org", "sent")
    await_suppressed(columba, "sup-mix1@example.org")


def test_what_is_tried_again_is_not(columba: System) -> None:
    enqueue(columba, "never-sup-retry@example.org")
    columba.await_state("never-sup-retry@example.org", "retrying")
    suppress(columba, "never-sup-retry@example.org")
    await_suppressed(columba, "never-sup-retry@example.org")


def test_what_is_dead_stays_so_whoever_makes_it_go_again(columba: System) -> None:
    enqueue(columba, "policy-sup@example.org")
    columba.await_state("policy-sup@example.org", "dead")
    suppress(columba, "policy-sup@example.org")
    (row,) = columba.deliveries("policy-sup@example.org")
    columba.columba("retry", str(row.id), "--yes")
    (row,) = columba.deliveries("policy-sup@example.org")
    assert row.state == "dead"


def test_what_is_lifted_in_time_is_sent(columba: System, hasten: Callable[..., None]) -> None:
    enqueue(columba, "sup-back@example.org", defer_for=timedelta(hours=1))
    columba.await_state("sup-back@example.org", "scheduled")
    suppress(columba, "sup-back@example.org")
    columba.await_state("sup-back@example.org", "suppressed")
    columba.columba("unsuppress", "sup-back@example.org")
    hasten(columba.await_state("sup-back@example.org", "scheduled"))
    columba.await_state("sup-back@example.org", "sent")
    assert len(columba.mails("sup-back@example.org")) == 1


@pytest.mark.parametrize("number", [1, 2])
def test_a_copy_for_it_is_left_out_and_told(columba: System, number: int) -> None:
    to, left_out = f"sup-to{number}@example.org", f"sup-copy{number}@example.org"
    suppress(columba, left_out)
    with columba.producer() as producer:
        copies = [f"Left Out <{left_out.upper()}>", f"sup-kept{number}@example.org"][:number]
        producer.enqueue("promise.copied", to=to, context={"cc": copies})
    columba.await_state(to, "sent")
    assert not columba.mails(left_out.upper())
    assert f"copies left out, suppressed: Left Out <{left_out.upper()}>" in (columba.attempts(to)[0].reply or "")
    until(lambda: len(columba.mails(to)) == 1, "the mail itself arrives")
