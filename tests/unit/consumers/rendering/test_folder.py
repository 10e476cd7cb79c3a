"""Reading a folder of templates."""

import os
from pathlib import Path

from columba_consumers.rendering.folder import MAX_FILE_BYTES, read


def put(path: Path, text: str = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_files_are_named_by_their_path_with_slashes(tmp_path: Path) -> None:
    put(tmp_path / "a" / "email.txt", "T")
    put(tmp_path / "layout.html", "L")
    found = read(tmp_path, known={})
    assert {name: file.content for name, file in found.items()} == {"a/email.txt": b"T", "layout.html": b"L"}


def test_an_unchanged_folder_gives_back_what_is_known(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    known = read(tmp_path, known={})
    assert read(tmp_path, known=known) is known


def test_only_what_changed_is_read_again(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "one")
    put(tmp_path / "b.txt", "same")
    known = read(tmp_path, known={})
    put(tmp_path / "a.txt", "longer")
    found = read(tmp_path, known=known)
    assert found["a.txt"].content == b"longer"
    assert found["b.txt"] is known["b.txt"]


def test_a_file_of_the_same_size_and_time_but_put_in_place_anew_is_seen(tmp_path: Path) -> None:
    put(tmp_path / "a.txt", "one")
    known = read(tmp_path, known={})
    put(tmp_path / ".new", "two")
    stat = (tmp_path / "a.txt").stat()
    os.utime(tmp_path / ".new", ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (tmp_path / ".new").rename(tmp_path / "a.txt")
    assert read(tmp_path, known=known)["a.txt"].content == b"two"


def test_a_deleted_file_is_gone(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    put(tmp_path / "b.txt")
    known = read(tmp_path, known={})
    (tmp_path / "a.txt").unlink()
    assert set(read(tmp_path, known=known)) == {"b.txt"}


def test_a_folder_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    assert read(tmp_path / "nowhere", known={}) == {}


def test_a_folder_that_vanishes_counts_as_unchanged(tmp_path: Path) -> None:
    put(tmp_path / "templates" / "a.txt")
    known = read(tmp_path / "templates", known={})
    (tmp_path / "templates").rename(tmp_path / "elsewhere")
    assert read(tmp_path / "templates", known=known) is known


def test_links_are_followed_as_mounted_configurations_need(tmp_path: Path) -> None:
    put(tmp_path / "templates" / "..2026" / "a.txt", "T")
    (tmp_path / "templates" / "..data").symlink_to("..2026")
    (tmp_path / "templates" / "a.txt").symlink_to("..data/a.txt")
    assert {name: file.content for name, file in read(tmp_path / "templates", known={}).items()} == {"a.txt": b"T"}


def test_a_link_to_its_own_folder_ends(tmp_path: Path) -> None:
    put(tmp_path / "a.txt")
    (tmp_path / "again").symlink_to(tmp_path)
    assert "a.txt" in read(tmp_path, known={})


def test_a_broken_link_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "a.txt").symlink_to("nowhere")
    assert read(tmp_path, known={}) == {}


def test_hidden_and_huge_files_are_passed_over(tmp_path: Path) -> None:
    put(tmp_path / ".a.txt.swp")
    put(tmp_path / ".git" / "config")
    put(tmp_path / "huge.txt", "x" * (MAX_FILE_BYTES + 1))
    assert read(tmp_path, known={}) == {}
