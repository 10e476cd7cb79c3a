"""How commands tell that something did not work."""

from columba_consumers.cli.failure import failure_of
from columba_shared.publishing import BrokerAway, Unroutable


def test_what_did_happen_nevertheless_is_told_with_what_did_not() -> None:
    error = Unroutable("columba", "push.normal")
    error.add_note("Enqueued for email nevertheless, as event 7.")
    assert failure_of(error).message.endswith("run?\nEnqueued for email nevertheless, as event 7.")


def test_a_broker_that_is_away_is_told_with_the_setting_and_what_was_noted() -> None:
    error = BrokerAway("no answer")
    error.add_note("Enqueued for email nevertheless, as event 7.")
    assert failure_of(error).message == ("COLUMBA_BROKER_URL: no answer\nEnqueued for email nevertheless, as event 7.")
