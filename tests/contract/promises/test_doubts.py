"""What people say about a delivery in doubt holds, however Columba is run."""

from datetime import timedelta

from columba_shared.log.tables import delivery
from sqlalchemy import update

from tests.system.system import Row, System


def doubtful(columba: System, address: str) -> Row:
    """Publish something for later, and let the log say that its provider may have it."""
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=address, context={"number": 1}, defer_for=timedelta(hours=1))
    row = columba.await_state(address, "scheduled")
    values = {"state": "in_doubt", "reason": "nobody knows", "cause": "c", "claim": 1, "attempts": 1}
    with columba.engine.begin() as connection:
        connection.execute(update(delivery).where(delivery.c.id == row.id).values(values))
    return row


def test_what_is_sent_again_goes_once_under_the_same_id(columba: System) -> None:
    row = doubtful(columba, "resent@example.org")
    columba.columba("settle", str(row.id), "--as", "resend", "--why", "the server has no trace of it")
    assert columba.await_state("resent@example.org", "sent").attempts == 2
    [mail] = columba.mails("resent@example.org")
    assert mail.message_id.startswith(f"<{row.id.hex}@")


def test_what_was_found_to_be_sent_is_never_sent_again(columba: System) -> None:
    row = doubtful(columba, "found@example.org")
    columba.columba("settle", str(row.id), "--as", "sent")
    columba.columba("settle", str(row.id), "--as", "resend", status=1)
    assert columba.await_state("found@example.org", "sent").reason.startswith("settled as sent by ")
    assert columba.mails("found@example.org") == []


def test_what_was_given_up_can_still_be_retried(columba: System) -> None:
    row = doubtful(columba, "given-up@example.org")
    columba.columba("settle", str(row.id), "--as", "dead")
    assert columba.await_state("given-up@example.org", "dead").reason == "nobody knows"
    columba.columba("retry", str(row.id))
    columba.await_state("given-up@example.org", "sent")
