"""What was sent can be looked at afterwards, to the octet."""

import json

from tests.system.system import System


def test_what_was_sent_is_kept_and_shown(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.html", to="kept@example.org", context={"number": 7})
    row = columba.await_state("kept@example.org", "sent")
    (mail,) = columba.mails("kept@example.org")
    file = columba.folder / "kept.eml"
    told = json.loads(columba.columba("show", str(row.id), "--json", "--out", str(file)))
    assert file.read_bytes() == mail.body
    assert told["message"]["text"].splitlines() == ["Löwe 7"]
    assert told["message"]["sent_at"] is not None


def test_of_what_was_not_sent_nothing_is_kept(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to="unknown-and-unkept@example.org", context={"number": 7})
    row = columba.await_state("unknown-and-unkept@example.org", "dead")
    assert json.loads(columba.columba("show", str(row.id), "--json"))["message"] is None
    columba.columba("show", str(row.id), "--out", "nothing.eml", status=1)
