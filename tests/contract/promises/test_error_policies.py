"""What an app's policy makes of a target's errors, however Columba is run."""

from tests.system.system import System


def enqueue(columba: System, address: str) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=address, context={"number": 1})


def test_an_error_policy_may_see_hope_where_columba_sees_none(columba: System) -> None:
    enqueue(columba, "judged-later@example.org")
    assert columba.await_state("judged-later@example.org", "sent").attempts == 2
    first, second = columba.attempts("judged-later@example.org")
    assert (first.outcome, second.outcome) == ("retry", "sent")
    assert "550 5.7.1 blocked" in first.reply
    assert first.reply.endswith("they always say so first")


def test_an_error_policy_may_give_up_what_columba_would_not(columba: System) -> None:
    enqueue(columba, "judged-never@example.org")
    row = columba.await_state("judged-never@example.org", "dead")
    assert (row.attempts, row.reason.endswith("never works for promise.plain")) == (1, True)


def test_whatever_characters_an_error_has_it_is_on_record(columba: System) -> None:
    enqueue(columba, "judged-strangely@example.org")
    assert columba.await_state("judged-strangely@example.org", "dead").reason == "refused with \ufffd and \ufffd"


def test_an_error_policy_that_fails_is_on_record_and_changes_nothing(columba: System) -> None:
    enqueue(columba, "judged-wrongly@example.org")
    assert columba.await_state("judged-wrongly@example.org", "sent").attempts == 2
    reply = columba.attempts("judged-wrongly@example.org")[0].reply
    assert "450 4.7.1 greylisted" in reply
    assert reply.endswith("(the error policy failed: KeyError: 'domain' in app:judge)")
