"""What an event says and whom it tells, changed while it waits: no copy made before goes out."""

from datetime import timedelta
from typing import Any

import pytest
from columba_shared import identity, wire
from columba_shared.errors import InvalidEvent
from columba_shared.event import Auto, Recipient, Step
from columba_shared.log import amending, freezing, moderation, recipients, replays
from columba_shared.log.amending import Amended, Place
from columba_shared.log.audit import Author, Deed, acts_on, acts_on_event
from columba_shared.log.deciding import going
from columba_shared.log.foresight import Stays
from columba_shared.log.freezing import frozen_message
from columba_shared.log.moderated import Exact, Meant, Why
from columba_shared.log.reopening import reopen
from columba_shared.log.replaying import take
from columba_shared.log.replays import Asking, Terms
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer, writer_for
from columba_shared.state import State
from sqlalchemy import Engine, update

from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of
from tests.contract.log.filling import conclude, record, send
from tests.contract.log.stored import delivery_row

CAROL = Author(who="carol", why="typo")
DAN = Author(who="dan")
DUE = LATER + timedelta(hours=1)
EXACT = Exact(content=b"word for word", digest="d1")


def place_of(entry: Any) -> Place:  # noqa: ANN401 - a delivery's entry
    return Place(event_id=entry.event.id, target="email")


def amended(log: Engine, place: Place, context: dict[str, Any]) -> Amended:
    with log.begin() as connection:
        return amending.amend_context(connection, place, context, CAROL, now=LATER)


def claims(log: Engine, entry: Any, revision: int) -> bool:  # noqa: ANN401 - as above
    with log.begin() as connection:
        return writer_for(log).claim(connection, [claim_of(entry, revision=revision)]) == {}


def test_the_copy_that_follows_an_amendment_says_the_new_and_the_old_one_loses(log: Engine) -> None:
    entry = delivery_of(event_of(context={"price": 1}))
    record(log, entry)
    assert amended(log, place_of(entry), {"price": 2}) == Amended(changed=1)
    with log.connect() as connection:
        assert amending.waiting(connection, place_of(entry), after=None, limit=9) == [entry.id]
        [copy] = going(connection, [entry.id])
    assert copy.body is not None
    assert wire.decode_kept(copy.body).context == {"price": 2}
    assert not claims(log, entry, 0)
    assert claims(log, entry, 1)


def test_what_it_said_before_is_on_record_once(log: Engine) -> None:
    event = event_of(context={"price": 1}, to=(Recipient(address="a@b.org"), Recipient(address="c@d.org")))
    entries = [delivery_of(event, address=each.address) for each in event.to]
    record(log, *entries)
    amended(log, place_of(entries[0]), {"price": 2})
    with log.connect() as connection:
        assert [act.what for act in acts_on(connection, [each.id for each in entries])] == [Deed.AMENDED] * 2
        [act] = acts_on_event(connection, event.id)
    assert (act.author, act.detail["context"]) == (CAROL, {"price": 1})


def test_nothing_is_amended_once_nothing_waits(log: Engine) -> None:
    entry = delivery_of(event_of(context={"price": 1}))
    send(log, entry)
    assert amended(log, place_of(entry), {"price": 2}).left == {State.SENDING: 1}
    [row] = [delivery_row(log, entry.id)]
    assert (row.state, row.revision) == ("sending", 0)


def test_what_is_being_sent_says_the_new_when_it_is_tried_again(log: Engine) -> None:
    event = event_of(to=(Recipient(address="a@b.org"), Recipient(address="c@d.org")))
    sending, waiting = (delivery_of(event, address=each.address) for each in event.to)
    record(log, waiting)
    send(log, sending)
    assert amended(log, place_of(waiting), {"price": 2}) == Amended(changed=1, left={State.SENDING: 1})  # type: ignore[arg-type]  # a Counter equals it
    assert delivery_row(log, sending.id).revision == 1


def test_an_amendment_drops_the_frozen_message(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    freeze(log, entry)
    amended(log, place_of(entry), {"price": 2})
    with log.connect() as connection:
        assert frozen_message(connection, entry.id) is None
    assert not delivery_row(log, entry.id).frozen


def test_a_context_that_cannot_travel_changes_nothing(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    with pytest.raises(InvalidEvent):
        amended(log, place_of(entry), {"much": "x" * 2_000_000})
    assert delivery_row(log, entry.id).revision == 0


def freeze(log: Engine, entry: Any, exact: Exact = EXACT, author: Author = CAROL) -> Any:  # noqa: ANN401 - as above
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id)]
        return freezing.freeze(connection, meant, {entry.id: exact}, author, now=LATER)


def test_a_frozen_message_is_kept_word_for_word_until_it_is_unfrozen(log: Engine) -> None:
    entry = delivery_of()
    record(log, entry)
    [copy] = freeze(log, entry).going
    assert (copy.frozen, copy.revision) == (True, 1)
    freeze(log, entry, Exact(content=b"better", digest="d2"))
    with log.connect() as connection:
        frozen = frozen_message(connection, entry.id)
    assert frozen is not None
    assert (frozen.exact.content, frozen.exact.digest, frozen.who) == (b"better", "d2", "carol")
    with log.begin() as connection:
        [copy] = freezing.unfreeze(connection, [Meant(delivery_id=entry.id)], CAROL, now=LATER).going
        assert (copy.frozen, copy.revision) == (False, 3)
        assert frozen_message(connection, entry.id) is None


@pytest.mark.parametrize(("digest", "fits"), [("d1", True), ("other", False)])
def test_what_was_looked_at_is_approved_only_while_it_reads_the_same(log: Engine, digest: str, fits: bool) -> None:  # noqa: FBT001 - a table's column
    entry = delivery_of(state=State.HELD)
    record(log, entry)
    meant = [Meant(delivery_id=entry.id, digest=digest)]
    with log.begin() as connection:
        outcome = moderation.approve(connection, meant, DAN, now=LATER, exact={entry.id: EXACT})
        assert [left.why for left in outcome.left] == ([] if fits else [Why.CHANGED])
        assert (frozen_message(connection, entry.id) is not None) == fits
    assert delivery_row(log, entry.id).state == ("scheduled" if fits else "held")


def test_who_amended_last_may_not_approve_what_takes_two_people(log: Engine) -> None:
    entry = delivery_of(event_of(hold=True, four_eyes=True, by="erin"), state=State.HELD)
    record(log, entry)
    freeze(log, entry, author=Author(who="Dan"))
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id)]
        assert [left.why for left in moderation.approve(connection, meant, DAN, now=LATER).left] == [Why.SAME_EYES]
        assert moderation.approve(connection, meant, CAROL, now=LATER).done == [entry.id]


def test_who_is_added_waits_on_the_terms_of_the_others(log: Engine, writer: Writer) -> None:
    entry = delivery_of(event_of(hold=True, auto=Auto.CANCEL), state=State.HELD, due_at=DUE)
    record(log, entry)
    new = [Recipient(address="new@example.org", name="Nell"), Recipient(address=entry.address)]
    with log.begin() as connection:
        outcome = recipients.add_recipients(connection, writer, place_of(entry), new, CAROL, now=LATER)
    key = identity.delivery_id(entry.event.id, "email", "new@example.org")
    assert outcome.done == [key]
    assert [(left.delivery_id, left.why) for left in outcome.left] == [(entry.id, Why.ALREADY)]
    row = delivery_row(log, key)
    assert (row.state, row.due_at, row.auto, row.asked_at) == ("held", DUE, "cancel", LATER)
    with log.connect() as connection:
        assert [act.what for act in acts_on(connection, [key])] == [Deed.AMENDED]


def test_a_chain_takes_nobody_whom_its_other_targets_could_not_tell_from_the_others(
    log: Engine, writer: Writer
) -> None:
    entry = delivery_of(event_of(chain=(Step(target="push"), Step(target="email"))), due_at=DUE)
    record(log, entry)
    new = [Recipient(address="a@example.org"), Recipient(address="b@example.org", user="b")]
    with log.begin() as connection:
        outcome = recipients.add_recipients(connection, writer, place_of(entry), new, CAROL, now=LATER)
    assert outcome.done == [identity.delivery_id(entry.event.id, "email", "b@example.org")]
    assert [left.why for left in outcome.left] == [Why.UNRECOGNISED]


def test_nobody_is_added_once_nothing_waits(log: Engine, writer: Writer) -> None:
    entry = delivery_of()
    send(log, entry)
    with log.begin() as connection:
        new = [Recipient(address="new@example.org")]
        outcome = recipients.add_recipients(connection, writer, place_of(entry), new, CAROL, now=LATER)
    assert [left.why for left in outcome.left] == [Why.OVER]


def test_who_is_removed_is_told_nothing_even_by_an_audience_that_was_not_asked_yet(log: Engine, writer: Writer) -> None:
    event = event_of(to=(Recipient(address="audience:all"),), audience="all")
    entry = delivery_of(event, due_at=DUE)
    record(log, entry)
    with log.begin() as connection:
        outcome = recipients.remove_recipients(connection, writer, place_of(entry), ["no@b.org"], CAROL, now=LATER)
    key = identity.delivery_id(entry.event.id, "email", "no@b.org")
    assert outcome.done == [key]
    member = delivery_of(entry.event, address="no@b.org", due_at=NOW)
    record(log, member)
    row = delivery_row(log, key)
    assert (row.state, row.reason) == ("cancelled", "removed by carol: typo")


def died(log: Engine, entry: Any) -> None:  # noqa: ANN401 - as above
    conclude(log, entry, state=State.DEAD, reason="550 no")
    with log.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == entry.id).values(handed_on=True))


def test_what_is_dead_says_the_new_when_it_goes_again_and_gets_a_new_dead_letter(log: Engine) -> None:
    entry = delivery_of(event_of(context={"price": 1}))
    died(log, entry)
    assert amended(log, place_of(entry), {"price": 2}) == Amended(changed=1)
    row = delivery_row(log, entry.id)
    assert (row.state, row.revision, row.handed_on) == ("dead", 1, False)
    with log.begin() as connection:
        [copy] = reopen(connection, [entry.id], now=LATER)
    assert copy.body is not None
    assert wire.decode_kept(copy.body).context == {"price": 2}


def test_what_is_changed_while_it_is_dead_has_not_died_anew(log: Engine) -> None:
    amended_one, frozen_one = delivery_of(), delivery_of()
    died(log, amended_one)
    died(log, frozen_one)
    amended(log, place_of(amended_one), {"price": 2})
    with log.begin() as connection:
        freezing.freeze(connection, [Meant(delivery_id=frozen_one.id)], {frozen_one.id: EXACT}, CAROL, now=LATER)
    assert {delivery_row(log, each.id).updated_at for each in (amended_one, frozen_one)} == {NOW}


def test_a_selection_follows_its_own_amendment_and_no_other(log: Engine) -> None:
    ours, theirs = delivery_of(), delivery_of()
    died(log, ours)
    died(log, theirs)
    with log.begin() as connection:
        replay = replays.freeze(
            connection,
            Selection(states={State.DEAD}),
            Terms(states=(State.DEAD,)),
            Asking(who="carol", words="all", now=LATER),
        )
    amended(log, place_of(theirs), {"price": 3})
    with log.begin() as connection:
        assert amending.places(connection, replay.id) == sorted(
            [place_of(ours), place_of(theirs)], key=lambda place: place.event_id
        )
        for entry in (ours, theirs):
            place = place_of(entry)
            amending.amend_context(connection, place, {"price": 2}, CAROL, now=LATER, selection_id=replay.id)
    with log.begin() as connection:
        step = take(connection, replay, after=None, limit=9, author=CAROL, now=LATER)
    assert [each.id for each in step.going] == [ours.id]
    assert [(each.delivery_id, each.why) for each in step.staying] == [(theirs.id, Stays.CHANGED)]


def test_a_dead_delivery_may_be_given_its_exact_words(log: Engine) -> None:
    entry = delivery_of()
    died(log, entry)
    with log.begin() as connection:
        meant = [Meant(delivery_id=entry.id)]
        assert freezing.freeze(connection, meant, {entry.id: EXACT}, CAROL, now=LATER).done == [entry.id]
    with log.begin() as connection:
        [copy] = reopen(connection, [entry.id], now=LATER)
    assert copy.frozen
