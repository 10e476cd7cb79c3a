"""What templates may say of a file: one content, and JSON where it is called so."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from columba_consumers.rendering import TemplateLimits
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import TemplateBroken, TemplateFailed
from columba_consumers.rendering.folder import File
from columba_consumers.targets.files.parts import FILES_PARTS
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id

NAME = {"a/files.name.txt": "a.json"}
PARTNER = Recipient(address="partner")


def edition_of(files: dict[str, str]) -> Edition:
    """Return the templates of these files."""
    there = {name: File(content=text.encode(), stamp=(0, 0, 0)) for name, text in (NAME | files).items()}
    return Edition(there, folder=Path("templates"), limits=TemplateLimits())


def said(template: str, **context: object) -> object:
    """Return the message that a template of JSON makes."""
    event = Event(id=event_id(), kind="a", target="files", to=(PARTNER,), context=context, created_at=datetime.now(UTC))
    return edition_of({"a/files.json": template}).set_for("a", FILES_PARTS).render(event, PARTNER)


def test_two_contents_of_one_kind_are_refused_and_both_named() -> None:
    edition = edition_of({"a/files.txt": "", "a/files.csv": "", "b/files.txt": ""})
    with pytest.raises(TemplateBroken, match=r"a/files\.csv and a/files\.txt both say the same part: keep one of them"):
        edition.set_for("a", FILES_PARTS)


def test_what_is_no_json_is_no_content_of_a_json_file() -> None:
    assert getattr(said('{"a": {{ n | tojson }}}', n="x"), "text", None) == '{"a": "x"}'
    wrong = {
        '{"a": {{ n }}, }': "a/files.json makes no JSON: line 1",
        '{"a":\n {{ word }}}': "line 2",
        "NaN": "NaN is no JSON",
        "": "line 1",
        "[" * 100_000: "it is too deep",
    }
    for template, told in wrong.items():
        with pytest.raises(TemplateFailed, match=re.escape(told)):
            said(template, n=1, word="bare")
