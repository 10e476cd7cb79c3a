"""A sink: whatever is published, in whichever process, one address gets it, and no more of it than is set."""

from columba_shared.log.tables import delivery
from sqlalchemy import select

from tests.services.smtp_record import accepted
from tests.system.system import System


def test_a_sink_takes_its_number_and_the_rest_is_skipped_with_its_reason(either: System) -> None:
    either.settings |= {"COLUMBA_SINK_EMAIL": "sink@example.net", "COLUMBA_SINK_LIMIT": "30/h"}
    either.enqueue(200)
    if either.is_embedded:
        either.start("up")
    else:
        for _ in range(2):
            either.start("work", "email")
    either.await_states({"sent": 30, "skipped": 170})
    assert [mail.rcpt_to for mail in accepted(either.smtp.entries())] == [("sink@example.net",)] * 30
    skipped = either.rows(select(delivery.c.reason).where(delivery.c.state == "skipped").distinct())
    assert [row.reason for row in skipped] == ["capped: the sink takes 30/h, and had them"]
