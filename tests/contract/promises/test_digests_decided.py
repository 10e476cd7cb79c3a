"""Digests go the way of every delivery: people decide about them, they fail, and are tried and told again."""

import json
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from columba_producer import Digest

from tests.contract.promises.test_digests import KIND, LONG, await_states, digests, let_go, publish, told
from tests.system.system import System, until


def member(columba: System, event_id: str) -> str:
    """Return the id of an event's own delivery, once it is gathered."""
    found: list[str] = []

    def there() -> bool:
        rows = [json.loads(line) for line in columba.columba("list", "--event", event_id, "--json").splitlines()]
        found[:] = [row["id"] for row in rows if row["state"] == "gathered"]
        return bool(found)

    until(lambda: columba.states()["gathered"] > 0 and there(), f"{event_id} is gathered")
    return found[0]


def gathered(columba: System, address: str, *numbers: int) -> list[str]:
    """Publish these, to be told together in an hour; return their events' ids once all are gathered."""
    ids = publish(columba, address, *numbers, window=LONG)
    await_states(columba, address, gathered=len(numbers), scheduled=1)
    return ids


def test_one_that_is_cancelled_is_left_out_and_the_others_are_told(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "left-out@example.org"
    ids = gathered(columba, address, 1, 2, 3)
    columba.columba("cancel", ids[0], "--yes")
    let_go(columba, hasten, address, gathered=2, cancelled=1)
    await_states(columba, address, gathered=2, cancelled=1, sent=1)
    assert told(columba, address) == ["2: 2 3"]


def test_of_a_digest_of_which_all_is_cancelled_nothing_is_sent_and_the_log_says_why(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "nothing-left@example.org"
    (only,) = gathered(columba, address, 1)
    columba.columba("cancel", only, "--yes")
    let_go(columba, hasten, address, cancelled=1)
    await_states(columba, address, cancelled=1, skipped=1)
    (digest,) = digests(columba, address)
    assert digest.reason.startswith("nothing is left to tell")


def test_an_audience_is_not_asked_for_a_digest_of_which_all_is_cancelled(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "audience:nobody-asked"
    (only,) = publish(columba, "", 1, to=None, audience="nobody-asked", window=LONG)
    await_states(columba, address, gathered=1, scheduled=1)
    columba.columba("cancel", only, "--yes")
    let_go(columba, hasten, address, cancelled=1)
    await_states(columba, address, cancelled=1, skipped=1)
    (digest,) = digests(columba, address)
    assert digest.reason.startswith("nothing is left to tell")
    assert not (columba.folder / "asked-for-nothing").exists()


def test_what_is_told_cannot_be_cancelled_any_more(columba: System) -> None:
    address = "told-already@example.org"
    (only,) = publish(columba, address, 1)
    await_states(columba, address, gathered=1, sent=1)
    done = json.loads(columba.columba("cancel", only, "--yes", "--json", status=1))
    assert done["left"] == {"too late": 1}


@pytest.mark.parametrize("decision", [("hold",), ("reschedule", "--now")])
def test_who_decides_about_one_event_of_a_digest_is_told_to_decide_about_that(
    columba: System, decision: Sequence[str]
) -> None:
    address = f"one-of-them-{decision[0]}@example.org"
    (only,) = gathered(columba, address, 1)
    done = json.loads(columba.columba(decision[0], member(columba, only), *decision[1:], "--yes", "--json", status=1))
    assert done["left"] == {"told by a digest, which is what can be decided about": 1}
    await_states(columba, address, gathered=1, scheduled=1)


def test_what_one_event_of_a_digest_says_stays_and_people_are_told_why(columba: System) -> None:
    address = "amended-in-digest@example.org"
    (only,) = gathered(columba, address, 1)
    done = json.loads(columba.columba("amend", only, "--context", '{"number": 2}', "--json", status=1))
    assert done["left"] == {"told by a digest, which is what can be decided about": 1}


def test_a_digest_that_is_held_goes_with_all_it_has_once_it_is_approved(columba: System) -> None:
    address = "held-digest@example.org"
    gathered(columba, address, 1, 2)
    digest = str(digests(columba, address)[0].id)
    columba.columba("hold", digest, "--yes")
    publish(columba, address, 3, window=LONG)
    await_states(columba, address, gathered=3, held=1)
    columba.columba("approve", digest, "--now", "--yes")
    await_states(columba, address, gathered=3, sent=1)
    assert told(columba, address) == ["3: 1 2 3"]


def test_a_digest_that_is_cancelled_tells_nothing_and_what_follows_is_told_by_the_next(columba: System) -> None:
    address = "cancelled-digest@example.org"
    gathered(columba, address, 1)
    columba.columba("cancel", str(digests(columba, address)[0].id), "--yes")
    publish(columba, address, 2)
    await_states(columba, address, gathered=2, cancelled=1, sent=1)
    assert told(columba, address) == ["1: 2"]


def test_a_digest_that_failed_for_now_tells_all_of_it_when_it_is_tried_again(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "busy-digest@example.org"
    publish(columba, address, 1, 2, window=LONG)
    let_go(columba, hasten, address, gathered=2)
    await_states(columba, address, gathered=2, sent=1)
    assert told(columba, address) == ["2: 1 2"]
    assert [each.outcome for each in columba.attempts(address)] == ["retry", "sent"]


def test_a_digest_that_was_given_up_tells_all_of_it_when_it_is_retried(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "given-up-digest@example.org"
    digest = Digest(window=timedelta(seconds=LONG))
    with columba.producer() as producer:
        for number in (1, 2):
            producer.enqueue("promise.retold", to=address, context={"number": number}, digest=digest)
    let_go(columba, hasten, address, gathered=2)
    await_states(columba, address, gathered=2, dead=1)
    (columba.folder / "retold.ready").touch()
    columba.columba("retry", str(digests(columba, address)[0].id), "--yes")
    await_states(columba, address, gathered=2, sent=1)
    assert told(columba, address) == ["1 2"]


def test_withdrawing_a_key_leaves_a_digest_as_it_is_that_was_sent_or_given_up(columba: System) -> None:
    key = "told-or-given-up"
    sent, dead, waiting = "withdrawn-late@example.org", "unknown-withdrawn-late@example.org", "in-time@example.org"
    publish(columba, sent, 1, key=key)
    publish(columba, dead, 1, key=key)
    await_states(columba, sent, gathered=1, sent=1)
    await_states(columba, dead, gathered=1, dead=1)
    publish(columba, waiting, 1, window=LONG, key=key)
    await_states(columba, waiting, gathered=1, scheduled=1)
    with columba.producer() as producer:
        producer.withdraw("promise.gathered", key=key)
    await_states(columba, waiting, gathered=1, cancelled=1)
    assert [row.state for row in (*digests(columba, sent), *digests(columba, dead))] == ["sent", "dead"]


def test_each_event_is_told_with_what_it_is_about_unless_it_is_gone_or_not_relevant_any_more(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "about-several@example.org"
    (columba.folder / "parcel-77.txt").write_text("in the shed")
    with columba.producer() as producer:
        for number, about in ((1, None), (2, "parcel:77"), (3, "parcel:lost"), (4, None)):
            digest = Digest(window=timedelta(seconds=LONG))
            producer.enqueue("promise.told", to=address, context={"number": number}, about=about, digest=digest)
    let_go(columba, hasten, address, gathered=4)
    await_states(columba, address, gathered=4, sent=1)
    assert told(columba, address) == ["2=in the shed 4=None"]


def test_people_are_told_which_digest_tells_an_event_and_what_became_of_that(columba: System) -> None:
    address = "asking@example.org"
    (only,) = publish(columba, address, 1)
    await_states(columba, address, gathered=1, sent=1)
    (digest,) = digests(columba, address)
    answers = {each["delivery"]["state"]: each["answer"] for each in columba.explain(address)["deliveries"]}
    assert answers["gathered"].startswith(f"It is told by digest {digest.event_id.hex[:12]}: Yes, it was sent at")
    assert answers["sent"].startswith(f"It is digest {digest.event_id.hex[:12]}: Yes, it was sent at")
    listed = columba.columba("list", "--digest", str(digest.event_id), "--json").splitlines()
    assert [json.loads(line)["event_id"] for line in listed] == [only]
    assert json.loads(columba.columba("show", str(digest.id), "--json"))["tells"] == 1


def test_a_digest_that_waits_can_be_looked_at_as_it_would_be_sent_now(columba: System) -> None:
    address = "looked-at-digest@example.org"
    gathered(columba, address, 1, 2)
    (digest,) = digests(columba, address)
    assert "2: 1 2" in columba.columba("render", "--from-log", str(digest.id))
    assert "2: 1 2" in columba.columba("show", str(digest.id))


def test_the_one_event_that_a_digest_cannot_tell_is_named_and_without_it_the_others_are_told(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "named-digest@example.org"
    digest = Digest(window=timedelta(seconds=LONG))
    with columba.producer() as producer:
        said: list[dict[str, int]] = [{"number": 1}, {}, {"number": 3}]
        ids = [producer.enqueue(KIND, to=address, context=each, digest=digest) for each in said]
    let_go(columba, hasten, address, gathered=3)
    await_states(columba, address, gathered=3, dead=1)
    (row,) = digests(columba, address)
    assert row.reason == f"{KIND} {ids[1]}: {KIND}/email.txt:1: 'dict object' has no attribute 'number'"
    columba.columba("cancel", str(ids[1]), "--yes")
    columba.columba("retry", str(row.id), "--yes")
    await_states(columba, address, gathered=2, cancelled=1, sent=1)
    assert told(columba, address) == ["2: 1 3"]


def test_the_event_of_a_digest_whose_thing_cannot_be_loaded_is_named(
    columba: System, hasten: Callable[..., None]
) -> None:
    address = "unloaded-digest@example.org"
    digest = Digest(window=timedelta(seconds=LONG))
    with columba.producer() as producer:
        producer.enqueue("promise.told", to=address, context={"number": 2}, digest=digest)
        bad = producer.enqueue("promise.told", to=address, context={"number": 3}, about="parcel:no", digest=digest)
    let_go(columba, hasten, address, gathered=2)
    await_states(columba, address, gathered=2, retrying=1)
    (row,) = digests(columba, address)
    assert row.reason.startswith(f"promise.told {bad}: ValueError: ")
