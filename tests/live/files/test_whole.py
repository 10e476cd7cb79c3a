"""From an event to files at several destinations: templates, attachments, validators, and what the log says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from columba_producer import Attachment

from tests.services.smtp_control import smtp_process
from tests.system.system import System, running

TEMPLATES = {
    "files.name.txt": "story-{{ number }}.xml\n",
    "files.directory.txt": "news/{{ section }}",
    "files.xml": "<story><title>{{ title }}</title></story>",
}


@pytest.fixture
def system(tmp_path: Path) -> Iterator[System]:
    """Columba in one process, with files for its only target."""
    with smtp_process(tmp_path / "mails.jsonl") as smtp:
        url = f"sqlite:///{tmp_path / 'columba.db'}"
        made = System(tmp_path, "memory://", url, smtp, targets=("files",))
        made.settings = {
            "COLUMBA_FILES_DESTINATIONS": f"archive=file://{tmp_path}/archive; partner=file://{tmp_path}/partner",
            "COLUMBA_FILES_VALIDATORS": "story.*=well-formed",
        }
        folder = tmp_path / "templates" / "story.ready"
        folder.mkdir(parents=True)
        for name, text in TEMPLATES.items():
            (folder / name).write_text(text)
        with running(made) as system:
            yield system


def test_an_event_becomes_one_delivery_for_each_destination_and_a_bad_file_goes_nowhere(system: System) -> None:
    context = {"number": 7, "section": "vienna", "title": "Strauß & Söhne"}
    photo = Attachment(name="photo.jpg", content=b"\xff\xd8")
    with system.producer() as columba:
        columba.enqueue("story.ready", target="files", to=["archive", "partner"], context=context, attachments=[photo])
        columba.enqueue("story.ready", target="files", to="archive", context=context | {"section": "../up"})
        columba.enqueue("story.ready", target="files", to="archive", context=context | {"title": "\x0b", "number": 8})
        columba.enqueue("story.ready", target="files", to="nobody", context=context)
    system.columba("up", "--once", status=1)
    for destination in ("archive", "partner"):
        place = system.folder / destination / "news" / "vienna"
        assert {path.name: path.read_bytes() for path in place.iterdir()} == {
            "photo.jpg": b"\xff\xd8",
            "story-7.xml": "<story><title>Strauß &amp; Söhne</title></story>".encode(),
        }
    assert system.states() == {"sent": 2, "dead": 3}
    reasons = {row.reason for row in system.deliveries("archive") + system.deliveries("nobody")} - {None}
    assert any("directory: 'news/../up' leads upwards" in reason for reason in reasons)
    assert any("news/vienna/story-8.xml: well-formed: is not well-formed" in reason for reason in reasons)
    assert any("COLUMBA_FILES_DESTINATIONS has archive, partner" in reason for reason in reasons)
    stages = {each.stage for row in system.deliveries("archive") for each in system.attempts("archive") if row}
    assert "validate" in stages


def test_the_exact_file_is_shown_before_it_is_sent_and_the_doctor_goes_to_every_destination(system: System) -> None:
    facts = ("--set", "number=7", "--set", "section=x", "--set", "title=<&>")
    shown = system.columba("render", "story.ready", "--target", "files", "--to", "archive", *facts)
    assert "<story><title>&lt;&amp;&gt;</title></story>" in shown
    assert "story-7.xml" in shown
    told = system.columba("doctor")
    assert f"archive=file://{system.folder}/archive" in told
    assert not (system.folder / "archive" / "news").exists()
