"""Large attachments while processes are killed: every mail that goes has its file, whole."""

import random

from columba_producer import Attachment, EventRequest
from columba_shared.log.tables import blob
from sqlalchemy import func, select

from tests.services.smtp_record import accepted
from tests.system.system import System, scaled, until

SIZE = scaled(3, 10) * 1024 * 1024


def test_consumers_are_killed_and_every_mail_has_the_whole_file(either: System) -> None:
    mails, kills = scaled(12, 300), scaled(2, 10)
    chance = random.Random(24)  # noqa: S311 - chance for moments, not for secrets
    content = random.Random(7).randbytes(SIZE)  # noqa: S311 - content, no secret
    people = [f"r{number}@example.org" for number in range(mails)]
    report = Attachment(name="report.pdf", content=content)
    with either.producer() as producer:
        producer.enqueue_many(
            EventRequest(kind="invoice.ready", to=person, context={"number": 1}, attachments=[report])
            for person in people
        )
    if not either.is_embedded:
        either.start("reconcile")
    command = ("up",) if either.is_embedded else ("work", "email")
    for _ in range(kills):
        worker = either.start(*command)
        goal = min(mails, either.smtp.count().accepted + chance.randint(1, max(1, mails // kills)))
        until(lambda goal=goal: either.smtp.count().accepted >= goal, f"{goal} are taken")  # type: ignore[misc]
        worker.kill()
    either.start(*command)
    either.await_states({"sent": mails})
    taken = accepted(either.smtp.entries())
    assert {mail.rcpt_to[0] for mail in taken} == set(people)
    encoded = (len(content) + 2) // 3 * 4 * 78 // 76
    assert all(mail.size >= encoded for mail in taken)
    assert either.rows(select(func.count()).select_from(blob))[0][0] == 1
