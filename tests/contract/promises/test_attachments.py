"""What an app is promised that gives files with an event, however Columba is run."""

from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from hashlib import sha256
from random import Random

import pytest
from columba_producer import Attachment, EventRequest, InvalidEvent, Outbox, Producer
from columba_shared.blobs.measured import PIECE
from columba_shared.log.tables import blob, blob_piece, blob_use
from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from tests.system.modes import BROKER
from tests.system.system import System

LARGE = Random(5).randbytes(PIECE + 1)  # noqa: S311 - content, no secret


def pdf(content: bytes) -> Attachment:
    return Attachment(name="Rechnung für März.pdf", content=content)


def received(columba: System, address: str) -> dict[str | None, object]:
    """Return the files of the one mail to an address, by name."""
    (mail,) = columba.mails(address)
    read = message_from_bytes(mail.body or b"", policy=policy.default)
    return {part.get_filename(): part.get_payload(decode=True) for part in read.walk() if part.get_filename()}


def kept(columba: System, content: bytes) -> int:
    digest = sha256(content).hexdigest()
    return int(columba.rows(select(func.count()).where(blob.c.digest == digest))[0][0])


def test_small_files_of_an_event_reach_everybody_in_it(columba: System) -> None:
    people = [f"small-file{number}@example.org" for number in range(3)]
    note = Attachment(name="für alle.txt", content="Grüße\n".encode())
    with columba.producer() as producer:
        producer.enqueue("promise.html", to=people, context={"number": 7}, attachments=[note])
    for person in people:
        columba.await_state(person, "sent")
        assert received(columba, person) == {"für alle.txt": "Grüße\n".encode()}


def test_a_large_one_arrives_as_it_was_at_once_and_later(columba: System) -> None:
    with columba.producer() as producer:
        for address, wait in (("large-file@example.org", None), ("large-file-later@example.org", timedelta(seconds=2))):
            producer.enqueue("promise.plain", to=address, context={"number": 7}, attachments=pdf(LARGE), defer_for=wait)
    for address in ("large-file@example.org", "large-file-later@example.org"):
        columba.await_state(address, "sent")
        assert received(columba, address) == {"Rechnung für März.pdf": LARGE}
    assert kept(columba, LARGE) == 1


def test_many_events_with_the_same_file_keep_it_once(columba: System) -> None:
    shared = b"the same for all\n" * 1_500
    people = [f"same-file{number:04}@example.org" for number in range(200)]
    with columba.producer() as producer:
        producer.enqueue_many(
            EventRequest(kind="promise.plain", to=person, context={"number": 1}, attachments=[pdf(shared)])
            for person in people
        )
    for person in people:
        columba.await_state(person, "sent")
    assert kept(columba, shared) == 1
    assert received(columba, people[-1]) == {"Rechnung für März.pdf": shared}
    digest = sha256(shared).hexdigest()
    uses = columba.rows(select(func.count()).select_from(blob_use).where(blob_use.c.blob == digest))
    assert uses[0][0] == len(people)


def test_an_outbox_takes_large_files_into_the_apps_own_transaction(columba: System) -> None:
    lost, won = b"rolled back" * 3_000, b"committed" * 3_000
    with Session(columba.engine) as session:
        Outbox(session).enqueue("promise.veto", to="file0@example.org", context={"word": "w"}, attachments=pdf(lost))
        session.rollback()
        Outbox(session).enqueue("promise.plain", to="file1@example.org", context={"number": 1}, attachments=pdf(won))
        session.commit()
    columba.await_state("file1@example.org", "sent")
    assert received(columba, "file1@example.org") == {"Rechnung für März.pdf": won}
    assert (kept(columba, lost), kept(columba, won)) == (0, 1)


def test_a_file_that_is_gone_is_why_it_is_dead_and_once_it_is_back_a_replay_sends_it(
    columba: System, hasten: Callable[..., None]
) -> None:
    content = b"gone for a while" * 3_000
    digest = sha256(content).hexdigest()
    with columba.producer() as producer:
        producer.enqueue(
            "promise.plain",
            to="gone-file@example.org",
            context={"number": 1},
            attachments=pdf(content),
            defer_for=timedelta(hours=1),
        )
    row = columba.await_state("gone-file@example.org", "scheduled")
    with columba.engine.begin() as connection:
        connection.execute(delete(blob_piece).where(blob_piece.c.digest == digest))
    hasten(row)
    row = columba.await_state("gone-file@example.org", "dead")
    gone = f"attachments: Rechnung für März.pdf is gone: the log's database has no content {digest[:12]}…"
    assert row.reason == gone
    with columba.engine.begin() as connection:
        connection.execute(insert(blob_piece).values(digest=digest, number=0, content=content[:-1]))
    columba.columba("replay", str(row.id), "--yes")
    row = columba.await_state("gone-file@example.org", "dead")
    assert row.reason == "attachments: Rechnung für März.pdf is not what was published: its hash is another"
    with columba.engine.begin() as connection:
        connection.execute(insert(blob_piece).values(digest=digest, number=1, content=content[-1:]))
    columba.columba("replay", str(row.id), "--yes")
    columba.await_state("gone-file@example.org", "sent")
    assert received(columba, "gone-file@example.org") == {"Rechnung für März.pdf": content}


@pytest.mark.parametrize("columba", [BROKER], indirect=True)
def test_a_producer_that_reaches_no_store_sends_what_fits_and_says_what_does_not(columba: System) -> None:
    content = b"travels inside" * 50_000
    with Producer(columba.broker_url) as producer:
        producer.enqueue("promise.plain", to="inside@example.org", context={"number": 1}, attachments=pdf(content))
        with pytest.raises(InvalidEvent, match=r"^attachments: .* reaches none\. Set COLUMBA_BLOBS or"):
            producer.enqueue("promise.plain", to="x@example.org", context={}, attachments=pdf(content * 2))
    columba.await_state("inside@example.org", "sent")
    assert received(columba, "inside@example.org") == {"Rechnung für März.pdf": content}
