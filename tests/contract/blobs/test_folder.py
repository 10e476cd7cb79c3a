"""What only a folder can be: half written, missing, full of other people's files."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.blobs.folder import FolderBlobs, folder_of
from columba_shared.blobs.measured import Measured, measured
from columba_shared.blobs.opening import weekly_store
from columba_shared.blobs.store import Use
from columba_shared.errors import InvalidSetting
from columba_shared.identity import event_id

USE = Use(event_id=event_id(), targets=("email",), at=datetime(2026, 11, 22, tzinfo=UTC))
NAME = f"2026-11-16/{'a' * 64}"


class Full(Measured):
    """Content that ends before its end."""

    def pieces(self) -> "object":  # type: ignore[override]  # it never gets that far
        """Begin, and fail as a full disk does."""
        yield b"half"
        raise OSError(28, "No space left on device")


def test_what_could_not_be_written_whole_leaves_nothing(tmp_path: Path) -> None:
    with measured(b"x" * 100, most=100) as content:
        full = Full(size=content.size, sha256=content.sha256, file=content.file)
        with pytest.raises(BlobsAway, match="No space left on device"):
            FolderBlobs(tmp_path).put(full, USE)
    assert [path.name for path in tmp_path.rglob("*")] == ["2026-11-16"]


def test_a_folder_that_is_not_there_is_not_made_since_it_may_not_be_mounted(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path / "mnt")
    with measured(b"x", most=1) as content, pytest.raises(BlobsAway, match="make it, or mount it"):
        store.put(content, USE)
    for ask in (lambda: store.get(NAME), store.weeks):
        with pytest.raises(BlobsAway, match="make it, or mount it"):
            ask()
    assert not (tmp_path / "mnt").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_is_not_taken_for_missing(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    with pytest.raises(BlobsAway, match="Permission denied"):
        FolderBlobs(tmp_path).get(NAME)


def test_what_a_killed_producer_left_goes_with_its_week_and_other_peoples_files_stay(tmp_path: Path) -> None:
    store = FolderBlobs(tmp_path)
    week = tmp_path / "2026-11-16"
    week.mkdir()
    (week / ".0f.part").write_bytes(b"half")
    (week / "README").write_text("do not touch")
    (tmp_path / "notes.txt").write_text("")
    assert store.weeks() == ["2026-11-16"]
    assert list(store.blobs_of("2026-11-16")) == []
    store.leave("2026-11-16")
    assert [path.name for path in week.iterdir()] == ["README"]
    with pytest.raises(BlobMissing):
        store.get(NAME)


@pytest.mark.parametrize(
    "url", ["file:blobs", "file://server/share", "file:", "ftp://x/y", "/srv/blobs", "file:///a%00b"]
)
def test_what_is_no_folder_is_refused(url: str) -> None:
    with pytest.raises(InvalidSetting, match=r"COLUMBA_BLOBS: must be .* file:///srv/columba/blobs"):
        weekly_store(url)


def test_a_folder_is_named_as_urls_name_it() -> None:
    assert folder_of("file:///srv/bl%C3%B8bs%20and%20more") == Path("/srv/bløbs and more")
    assert folder_of("file://localhost/srv") == Path("/srv")
