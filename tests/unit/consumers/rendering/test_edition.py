"""Which templates belong to a kind, and which version they are."""

from collections.abc import Callable

import pytest
from columba_consumers.rendering import EMAIL_PARTS, MessageParts, Part
from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import NothingToRenderWith, PartMissing

EditionOf = Callable[..., Edition]

SUBJECT = "a/email.subject.txt"
TEXT = "a/email.txt"
HTML = "a/email.html"
PAIR = {SUBJECT: "S", TEXT: "T"}

SMS_PARTS = MessageParts(target="sms", message=dict, parts=(Part(field="text", file="sms.txt", required=True),))


def version(edition: Edition) -> str:
    return edition.set_for("a", EMAIL_PARTS).version


def test_nothing_to_render_with_names_the_files_and_the_decorator(edition_of: EditionOf) -> None:
    with pytest.raises(NothingToRenderWith) as caught:
        edition_of({"b/email.txt": ""}).set_for("a", EMAIL_PARTS)
    said = caught.value.description
    assert "email.subject.txt and email.txt or email.html in templates/a" in said
    assert '@renderer("a", target="email")' in said
    assert "COLUMBA_APP" in said


@pytest.mark.parametrize(("file", "lacking"), [(TEXT, "email.subject.txt"), (SUBJECT, "email.txt or email.html")])
def test_a_part_that_every_message_needs_is_named_when_missing(edition_of: EditionOf, file: str, lacking: str) -> None:
    with pytest.raises(PartMissing, match=f"lacks {lacking}"):
        edition_of({file: ""}).set_for("a", EMAIL_PARTS)


def test_each_target_has_its_own_files(edition_of: EditionOf) -> None:
    edition = edition_of({**PAIR, "a/sms.txt": "short"})
    assert [part.field for part, _ in edition.set_for("a", SMS_PARTS).templates] == ["text"]
    assert [part.field for part, _ in edition.set_for("a", EMAIL_PARTS).templates] == ["subject", "text"]


def test_a_set_is_compiled_once(edition_of: EditionOf) -> None:
    edition = edition_of(PAIR)
    assert edition.set_for("a", EMAIL_PARTS) is edition.set_for("a", EMAIL_PARTS)


def test_the_same_files_have_the_same_version(edition_of: EditionOf) -> None:
    assert version(edition_of(PAIR)) == version(edition_of({**PAIR, "b/email.txt": "other"}))


@pytest.mark.parametrize(
    "change",
    [
        {SUBJECT: "other"},
        {TEXT: "other"},
        {HTML: "more"},
        {SUBJECT: "T", TEXT: "S"},
    ],
)
def test_a_change_of_any_part_is_another_version(edition_of: EditionOf, change: dict[str, str]) -> None:
    assert version(edition_of(PAIR)) != version(edition_of({**PAIR, **change}))


@pytest.mark.parametrize(
    "tag", ["{% include 'x.txt' %}", "{% extends 'x.txt' %}", "{% import 'x.txt' as x %}", "{% include ['x.txt'] %}"]
)
def test_a_change_of_what_a_part_names_is_another_version(edition_of: EditionOf, tag: str) -> None:
    files = {SUBJECT: "S", TEXT: "{% include 'between.txt' %}", "between.txt": tag, "x.txt": "one"}
    assert version(edition_of(files)) != version(edition_of({**files, "x.txt": "two"}))


def test_a_computed_name_makes_every_file_count(edition_of: EditionOf) -> None:
    files = {SUBJECT: "S", TEXT: "{% include locale ~ '.txt' %}", "de.txt": "one", "logo.png": b"\x89PNG\xff"}
    assert version(edition_of(files)) != version(edition_of({**files, "de.txt": "two"}))


def test_an_include_that_appears_is_another_version(edition_of: EditionOf) -> None:
    files = {SUBJECT: "S", TEXT: "{% include 'x.txt' ignore missing %}"}
    assert version(edition_of(files)) != version(edition_of({**files, "x.txt": "one"}))
