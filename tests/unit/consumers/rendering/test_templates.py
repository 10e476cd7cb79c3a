"""When a change in the folder is noticed."""

from collections.abc import Callable
from pathlib import Path

import pytest
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.errors import NothingToRenderWith, RenderError, TemplatesUnreadable
from columba_consumers.rendering.templates import Templates

Written = Callable[[str], None]


class Clock:
    """A clock that is set by hand; each reading may take its time."""

    def __init__(self) -> None:
        self.seconds = 100.0
        self.seconds_per_reading = 0.0

    def __call__(self) -> float:
        """Read it."""
        self.seconds += self.seconds_per_reading
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    """The clock that decides when to look."""
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the templates of one kind."""
    folder = tmp_path / "templates"
    (folder / "a").mkdir(parents=True)
    (folder / "a" / "email.subject.txt").write_text("one")
    (folder / "a" / "email.txt").write_text("")
    return folder


def subject_version(templates: Templates) -> str:
    return templates.current().set_for("a", EMAIL_PARTS).version


def test_a_change_is_noticed_after_a_second(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    before = subject_version(templates)
    (folder / "a" / "email.subject.txt").write_text("other")
    clock.seconds += 1
    assert subject_version(templates) != before


def test_whoever_has_an_old_edition_learns_of_the_new_one_whoever_looked_first(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    old = templates.current()
    assert templates.anew() is old
    (folder / "a" / "email.subject.txt").write_text("mended")
    editions = [templates.anew(), templates.anew()]
    assert old not in editions
    assert editions[0] is editions[1]


def test_the_folder_is_not_looked_at_within_a_second(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    before = subject_version(templates)
    (folder / "a" / "email.subject.txt").write_text("other")
    clock.seconds += 0.9
    assert subject_version(templates) == before


def test_looking_takes_at_most_a_hundredth_of_the_time(folder: Path, clock: Clock) -> None:
    clock.seconds_per_reading = 0.5
    templates = Templates(folder, clock=clock)
    before = subject_version(templates)
    clock.seconds_per_reading = 0.0
    (folder / "a" / "email.subject.txt").write_text("other")
    clock.seconds += 49
    assert subject_version(templates) == before
    clock.seconds += 1
    assert subject_version(templates) != before


def test_compiled_templates_are_kept_while_nothing_changes(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    before = templates.current().set_for("a", EMAIL_PARTS)
    clock.seconds += 5
    assert templates.current().set_for("a", EMAIL_PARTS) is before


def test_a_broken_template_is_mended_by_mending_the_file(folder: Path, clock: Clock) -> None:
    (folder / "a" / "email.txt").write_text("{{ x")
    templates = Templates(folder, clock=clock)
    with pytest.raises(RenderError):
        subject_version(templates)
    (folder / "a" / "email.txt").write_text("{{ x }}")
    clock.seconds += 1
    assert subject_version(templates)


def test_a_folder_that_is_replaced_meanwhile_stops_nobody(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    before = subject_version(templates)
    folder.rename(folder.with_name("gone"))
    clock.seconds += 1
    assert subject_version(templates) == before


def test_without_a_folder_there_is_nothing_to_render_with(tmp_path: Path) -> None:
    with pytest.raises(NothingToRenderWith):
        subject_version(Templates(tmp_path / "nowhere"))


def test_a_folder_that_cannot_be_read_is_nobodys_fault(tmp_path: Path) -> None:
    (tmp_path / "templates").write_text("a file, not a folder")
    with pytest.raises(TemplatesUnreadable) as caught:
        subject_version(Templates(tmp_path / "templates"))
    assert not caught.value.permanent
    assert not caught.value.spends_attempt


def test_a_folder_that_becomes_unreadable_stops_nobody(folder: Path, clock: Clock) -> None:
    templates = Templates(folder, clock=clock)
    before = subject_version(templates)
    folder.rename(folder.with_name("gone"))
    folder.write_text("a file, not a folder")
    clock.seconds += 1
    assert subject_version(templates) == before
