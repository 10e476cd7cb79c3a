"""What an app is promised that hands over finished mails, however Columba is run."""

from email.message import EmailMessage
from email.policy import SMTP
from random import Random

import pytest
from columba_producer import RawEmail
from columba_shared.log.tables import event
from columba_shared.wire import decode_kept
from sqlalchemy import select

from tests.system.system import System

_FILE = Random(6).randbytes(600_000)  # noqa: S311 - content, no secret


def finished(file: bytes) -> bytes:
    """Return a mail as another library writes it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "Ann <ann@example.com>", "crowd:;", "Grüße"
    mail["Message-ID"] = "<finished@example.com>"
    mail.set_content("Hallo\n.\nFrom here\n", cte="8bit")
    mail.add_attachment(file, maintype="application", subtype="x-a", filename="a.bin")
    return mail.as_bytes()


@pytest.mark.parametrize(("size", "name"), [(100, "small"), (len(_FILE), "large")])
def test_a_finished_mail_reaches_everybody_byte_for_byte(columba: System, size: int, name: str) -> None:
    content = finished(_FILE[:size])
    people = [f"finished-{name}{number}@example.org" for number in range(2)]
    with columba.producer() as producer:
        producer.enqueue("finished.mail", to=people, mail=RawEmail(content=content, sender="elsewhere@example.com"))
    for person in people:
        columba.await_state(person, "sent")
        (mail,) = columba.mails(person)
        assert (mail.body, mail.mail_from, mail.rcpt_to) == (content, "elsewhere@example.com", (person,))


def test_who_is_suppressed_gets_no_finished_mail_and_the_others_do(columba: System) -> None:
    columba.columba("suppress", "finished-never@example.org", "--why", "asked")
    people = ["finished-never@example.org", "finished-always@example.org"]
    with columba.producer() as producer:
        producer.enqueue("finished.mail", to=people, mail=RawEmail(content=finished(b"x")))
    columba.await_state("finished-always@example.org", "sent")
    columba.await_state("finished-never@example.org", "suppressed")
    assert columba.mails("finished-never@example.org") == []


def test_forgetting_somebody_leaves_nothing_of_a_finished_mail(columba: System) -> None:
    with columba.producer() as producer:
        event_id = producer.enqueue(
            "finished.mail", to="finished-gone@example.org", mail=RawEmail(content=finished(b"x"))
        )
    columba.await_state("finished-gone@example.org", "sent")
    columba.columba("forget", "finished-gone@example.org", "--yes")
    ((body,),) = columba.rows(select(event.c.body).where(event.c.id == event_id))
    kept = decode_kept(body)
    assert (kept.attachments, kept.finished, kept.to) == ((), None, ())
