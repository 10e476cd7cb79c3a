"""Which templates a delivery was rendered from is on record with each attempt."""

import json

from tests.system.system import System


def attempts(columba: System, address: str, state: str) -> list[dict[str, str]]:
    row = columba.await_state(address, state)
    (told,) = json.loads(columba.columba("show", str(row.id), "--json"))["deliveries"]
    found: list[dict[str, str]] = told["attempts"]
    return found


def version_of(columba: System, kind: str) -> str:
    (found,) = [
        each for each in json.loads(columba.columba("templates", "check", "--json"))["kinds"] if each["kind"] == kind
    ]
    return str(found["version"])


def test_an_attempt_says_which_templates_it_was_made_from(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.html", to="versioned@example.org", context={"number": 7})
    (attempt,) = attempts(columba, "versioned@example.org", "sent")
    assert attempt["version"] == version_of(columba, "promise.html")


def test_an_attempt_that_failed_says_which_templates_were_at_work(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.broken", to="versioned-and-broken@example.org")
    (attempt,) = attempts(columba, "versioned-and-broken@example.org", "dead")
    assert attempt["version"] == version_of(columba, "promise.broken")


def test_what_is_rendered_again_is_of_the_newest_templates(columba: System) -> None:
    folder = columba.folder / "templates" / "promise.mended"
    folder.mkdir()
    (folder / "email.subject.txt").write_text("x")
    (folder / "email.txt").write_text("{{ number }} {{ lacking }}")
    with columba.producer() as producer:
        producer.enqueue("promise.mended", to="versioned-and-mended@example.org", context={"number": 7})
    row = columba.await_state("versioned-and-mended@example.org", "dead")
    (folder / "email.txt").write_text("{{ number }}")
    columba.columba("retry", str(row.id), "--yes")
    before, after = attempts(columba, "versioned-and-mended@example.org", "sent")
    assert before["version"] != after["version"] == version_of(columba, "promise.mended")
