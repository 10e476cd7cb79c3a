"""What is tried again, and what is never told twice because of it, however Columba is run."""

from columba_producer import EventRequest
from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.system.system import System, until


def test_one_bad_recipient_of_many_never_sends_again_to_the_good_ones(columba: System) -> None:
    good = [f"good{number}@example.org" for number in range(3)]
    with columba.producer() as producer:
        producer.enqueue(
            "promise.plain", to=[*good, "busy-list@example.org", "unknown-list@example.org"], context={"number": 1}
        )
    assert columba.await_state("busy-list@example.org", "sent").attempts == 2
    columba.await_state("unknown-list@example.org", "dead")
    for address in good:
        assert columba.await_state(address, "sent").attempts == 1
        assert len(columba.mails(address)) == 1


def test_a_bad_copy_never_sends_again_to_the_recipient(columba: System) -> None:
    copies = ["copy-good@example.org", "unknown-copy@example.org", "busy-copy@example.org"]
    with columba.producer() as producer:
        producer.enqueue("promise.copied", to="copied@example.org", context={"cc": copies})
    row = columba.await_state("copied@example.org", "sent")
    [mail] = columba.mails("copied@example.org")
    assert mail.rcpt_to == ("copied@example.org", "copy-good@example.org")
    [attempt] = columba.attempts("copied@example.org")
    assert "copies refused: unknown-copy@example.org" in attempt.reply
    assert row.attempts == 1


def test_what_is_tried_again_for_its_recipient_reaches_the_copies_once(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.copied", to="busy-main@example.org", context={"cc": ["tried-once@example.org"]})
    assert columba.await_state("busy-main@example.org", "sent").attempts == 2
    assert len(columba.mails("tried-once@example.org")) == 1


def test_what_is_tried_again_keeps_its_lane(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue_many(
            EventRequest(kind="promise.plain", to=f"busy-{lane}@example.org", context={"number": 1}, lane=lane)
            for lane in ("urgent", "normal", "bulk")
        )
    query = select(delivery.c.lane, delivery.c.attempts).where(
        delivery.c.address.in_([f"busy-{lane}@example.org" for lane in ("urgent", "normal", "bulk")]),
        delivery.c.state == "sent",
    )
    until(lambda: len(columba.rows(query)) == 3, "all three are sent")
    assert {tuple(row) for row in columba.rows(query)} == {("urgent", 2), ("normal", 2), ("bulk", 2)}
