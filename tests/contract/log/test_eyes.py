"""Four eyes: whoever published a delivery, or amended it last, is not the one who lets it go."""

from typing import Any

import pytest
from columba_shared.log import freezing, moderation
from columba_shared.log.audit import Act, Author, Deed, note
from columba_shared.log.entries import DeliveryEntry
from columba_shared.log.moderated import Exact, Meant, Why
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.entries import LATER, NOW, delivery_of, event_of
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

MESSAGE = Exact(content=b"{}", digest="00")


def held(*, four_eyes: bool = True, **changes: Any) -> DeliveryEntry:  # noqa: ANN401 - an event's fields
    """Return a held delivery, by default published by the shop's carol."""
    changes = {"by": "carol", "producer": "shop"} | changes
    return delivery_of(event_of(hold=True, four_eyes=four_eyes, **changes), state=State.HELD)


def amended(log: Engine, entry: DeliveryEntry, *who: str, what: Deed = Deed.AMENDED) -> None:
    with log.begin() as connection:
        acts = [
            Act(author=Author(who=each), what=what, at=NOW, delivery_id=entry.id, event_id=entry.event.id)
            for each in who
        ]
        note(connection, acts)


def approved(log: Engine, entry: DeliveryEntry, who: str) -> bool:
    """Try to approve; whoever may not is told why, and changes nothing."""
    with log.begin() as connection:
        done = moderation.approve(connection, [Meant(delivery_id=entry.id)], Author(who=who), now=LATER)
    if done.done:
        return True
    assert [(left.why, left.state) for left in done.left] == [(Why.SAME_EYES, State.HELD)]
    assert delivery_row(log, entry.id).state == "held"
    return False


@pytest.mark.parametrize("who", ["carol", "Carol", " CAROL "])
def test_who_published_it_may_not_let_it_go_however_the_name_is_written(log: Engine, who: str) -> None:
    entry = held()
    record(log, entry)
    assert not approved(log, entry, who)
    assert approved(log, entry, "dan")


def test_without_anybody_named_the_app_published_it(log: Engine) -> None:
    entry = held(by=None)
    record(log, entry)
    assert not approved(log, entry, "shop")
    assert approved(log, entry, "carol")


def test_what_takes_one_person_may_be_let_go_by_its_publisher(log: Engine) -> None:
    entry = held(four_eyes=False)
    record(log, entry)
    assert approved(log, entry, "carol")


@pytest.mark.parametrize("what", [Deed.AMENDED, Deed.FROZEN])
def test_who_amended_it_last_may_not_let_it_go_and_who_did_before_may(log: Engine, what: Deed) -> None:
    entry = held()
    record(log, entry)
    amended(log, entry, "dan", "erin", what=what)
    assert not approved(log, entry, "erin")
    assert not approved(log, entry, "carol")
    assert approved(log, entry, "dan")


def test_who_froze_its_words_amended_it(log: Engine) -> None:
    entry = held()
    record(log, entry)
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id)]
        assert freezing.freeze(connection, meant, {entry.id: MESSAGE}, Author(who="dan"), now=NOW).done == [entry.id]
    assert not approved(log, entry, "dan")
    assert approved(log, entry, "erin")


def test_who_only_held_it_may_let_it_go(log: Engine) -> None:
    entry = held()
    record(log, entry)
    amended(log, entry, "dan", what=Deed.HELD)
    assert approved(log, entry, "dan")


def test_of_several_only_those_are_left_alone_that_are_ones_own(log: Engine) -> None:
    own, others, free = held(), held(by="dan"), held(four_eyes=False)
    record(log, own, others, free)
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id) for entry in (own, others, free)]
        done = moderation.approve(connection, meant, Author(who="carol"), now=LATER)
    assert set(done.done) == {others.id, free.id}
    assert [(left.delivery_id, left.why) for left in done.left] == [(own.id, Why.SAME_EYES)]
