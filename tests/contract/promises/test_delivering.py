"""What an app is promised when it publishes, however Columba is run."""

from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy

import pytest
from columba_producer import Outbox, Recipient
from columba_shared import wire
from columba_shared.event import Event
from columba_shared.identity import event_id
from columba_shared.log.tables import delivery, outbox
from sqlalchemy import func, insert, select
from sqlalchemy.orm import Session

from tests.system.system import System, until

pytestmark = pytest.mark.everywhere


def test_an_event_becomes_one_mail_that_says_all_of_it(columba: System) -> None:
    jose = Recipient(address="jose@example.org", name="José 🕊")
    with columba.producer() as producer:
        event = producer.enqueue("promise.html", to=jose, context={"number": 7})
    row = columba.await_state(jose.address, "sent")
    assert row.event_id == event
    (mail,) = columba.mails(jose.address)
    read = message_from_bytes(mail.body or b"", policy=policy.default)
    assert read["subject"] == "Grüße, José 🕊 ✓"
    assert read["to"].addresses[0].display_name == "José 🕊"
    assert read["message-id"] == f"<{row.id.hex}@example.org>"
    text, html = read.get_body(("plain",)), read.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().splitlines() == ["Löwe 7"]
    assert html.get_content().splitlines() == ["<p>Löwe <b>7</b></p>"]


def test_files_go_with_it_as_they_are_when_it_is_sent(columba: System) -> None:
    path = columba.folder / "numbers.csv"
    with columba.producer() as producer:
        producer.enqueue(
            "promise.files", to="files@example.org", context={"file": str(path)}, defer_for=timedelta(seconds=2)
        )
        producer.enqueue(
            "promise.files", to="no-files@example.org", context={"file": str(columba.folder / "never.csv")}
        )
    path.write_bytes(b"a;b\n" * 100_000)
    columba.await_state("files@example.org", "sent")
    (mail,) = columba.mails("files@example.org")
    read = message_from_bytes(mail.body or b"", policy=policy.default)
    files = {part.get_filename(): part.get_payload(decode=True) for part in read.walk() if part.get_filename()}
    numbers = path.read_bytes()
    assert files == {"Zahlen für März.csv": numbers, "the same.bin": numbers, "dot.png": b"PNG"}
    row = columba.await_state("no-files@example.org", "retrying")
    assert row.reason == "attachments: Zahlen für März.csv cannot be read: No such file or directory"


def test_a_mail_that_the_app_has_finished_arrives_byte_for_byte(columba: System) -> None:
    mail = "FROM:  App <app@example.org>\r\nX-Odd:  yes \r\n\r\n.\r\nGrüße \r\n\r\n"
    with columba.producer() as producer:
        producer.enqueue("promise.finished", to="finished@example.org", context={"mail": mail})
    columba.await_state("finished@example.org", "sent")
    (seen,) = columba.mails("finished@example.org")
    assert seen.body == mail.encode()
    assert seen.mail_from.startswith("bounces+")


def test_what_the_renderer_vetoes_is_recorded_and_not_sent(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.veto", to=["no@example.org", "yes@example.org"], context={"word": "w"})
    columba.await_state("yes@example.org", "sent")
    row = columba.await_state("no@example.org", "skipped")
    assert row.reason == "the renderer had nothing to say"
    assert not columba.mails("no@example.org")


def test_everybody_in_a_list_gets_one(columba: System) -> None:
    people = [Recipient(address=f"list{number}@example.org", name=f"N{number}") for number in range(50)]
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=[*people, people[0]], context={"number": 1})
    for person in people:
        columba.await_state(person.address, "sent")
    assert [len(columba.mails(person.address)) for person in people] == [1] * 50


def test_html_alone_arrives_with_its_styles_in_place_and_a_text(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.styled", to="styled@example.org")
        producer.enqueue("promise.mjml", to="mjml@example.org")
    said = {}
    for name in ("styled", "mjml"):
        columba.await_state(f"{name}@example.org", "sent")
        (mail,) = columba.mails(f"{name}@example.org")
        read = message_from_bytes(mail.body or b"", policy=policy.default)
        said[name] = [part.get_content() for part in read.iter_parts()]
    assert said["styled"][0].split() == ["See", "this", "<https://example.org/7>."]
    assert '<p style="color: red;">' in said["styled"][1]
    assert said["mjml"][0].split() == ["Nr", "1", "Nr", "2"]
    assert 'role="presentation"' in said["mjml"][1]


def test_everybody_in_a_list_is_told_in_their_own_language(columba: System) -> None:
    people = (
        ("de-AT", "Europe/Vienna", "Rechnung 7", "21.11.26, 15:05, €\xa012,50"),
        ("en_US", "Asia/Tokyo", "Invoice 7", "11/21/26, 11:05\u202fPM, €12.50"),
        ("xx", "No/Where", "Invoice 7", "11/21/26, 2:05\u202fPM, €12.50"),
    )
    to = [Recipient(address=f"spoken-{each[0]}@example.org", locale=each[0], zone=each[1]) for each in people]
    with columba.producer() as producer:
        context = {"number": 7, "due": "2026-11-21T14:05:00Z", "total": "12.50"}
        producer.enqueue("promise.spoken", to=to, context=context)
    for recipient, (_, _, subject, text) in zip(to, people, strict=True):
        columba.await_state(recipient.address, "sent")
        (mail,) = columba.mails(recipient.address)
        read = message_from_bytes(mail.body or b"", policy=policy.default)
        assert (read["subject"], read.get_content().rstrip()) == (subject, text)


def test_everybody_in_an_audience_gets_one(columba: System) -> None:
    context = {"many": 700, "name": "crowd", "word": "w"}
    with columba.producer() as producer:
        event = producer.enqueue("promise.veto", audience="everybody", context=context)
    counting = select(func.count()).where(delivery.c.address.like("crowd%"), delivery.c.state == "sent")
    until(lambda: columba.rows(counting)[0][0] == 700, "700 of the audience are sent")
    whole = select(delivery.c.reason).where(delivery.c.event_id == event, delivery.c.state == "expanded")
    until(lambda: [row.reason for row in columba.rows(whole)] == ["700 deliveries"], "the audience is expanded")


def test_an_unknown_audience_is_dead_with_the_reason(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", audience="nobody", context={})
    assert "no audience 'nobody'" in columba.await_state("audience:nobody", "dead").reason


@pytest.mark.parametrize("seconds", [1.5, 3])
def test_a_deferred_event_is_recorded_at_once_and_never_early(columba: System, seconds: float) -> None:
    address, much_later = f"later{seconds}@example.org", f"hours-later{seconds}@example.org"
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=much_later, context={"number": 1}, defer_for=timedelta(hours=1))
        before = datetime.now(UTC)
        producer.enqueue("promise.plain", to=address, context={"number": 1}, defer_for=timedelta(seconds=seconds))
    columba.await_state(much_later, "scheduled")
    columba.await_state(address, "sent")
    (attempt,) = columba.attempts(address)
    assert attempt.started_at - before >= timedelta(seconds=seconds)


def test_a_deferred_list_arrives_once_each(columba: System) -> None:
    people = [f"deferredlist{number}@example.org" for number in range(5)]
    with columba.producer() as producer:
        producer.enqueue(
            "promise.veto", to=people, context={"word": "w"}, defer_for=timedelta(seconds=2), lane="urgent"
        )
    for person in people:
        columba.await_state(person, "sent")
    assert [len(columba.mails(person)) for person in people] == [1] * 5


def test_an_expired_event_is_recorded_and_not_sent(columba: System) -> None:
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    event = Event(
        id=event_id(),
        kind="promise.plain",
        target="email",
        to=(Recipient(address="late@example.org"),),
        created_at=long_ago,
        expires_at=long_ago + timedelta(hours=1),
    )
    row = {"event_id": event.id, "body": wire.encode(event), "written_at": long_ago}
    with columba.engine.begin() as connection:
        connection.execute(insert(outbox), row)
    columba.await_state("late@example.org", "expired")
    assert not columba.mails("late@example.org")


def test_the_same_idempotency_key_twice_is_one_event(columba: System) -> None:
    with columba.producer() as producer:
        ids = {
            producer.enqueue("promise.plain", to="once@example.org", context={"number": 1}, idempotency_key="order-1")
            for _ in range(3)
        }
        producer.enqueue("promise.plain", to="after@example.org", context={"number": 1})
    assert len(ids) == 1
    columba.await_state("once@example.org", "sent")
    columba.await_state("after@example.org", "sent")
    assert len(columba.mails("once@example.org")) == 1


def test_an_outbox_event_goes_only_if_its_transaction_is_committed(columba: System) -> None:
    with Session(columba.engine) as session:
        Outbox(session).enqueue("promise.plain", to="rolled-back@example.org", context={"number": 1})
        session.rollback()
        Outbox(session).enqueue("promise.plain", to="committed@example.org", context={"number": 1})
        session.commit()
    columba.await_state("committed@example.org", "sent")
    assert not columba.deliveries("rolled-back@example.org")
