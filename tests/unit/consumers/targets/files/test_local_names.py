"""A folder of this machine: its names on disk, and links in it."""

import errno
import os
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.errors import Permanent, Temporary
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files import local
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.local import LocalFolder
from columba_consumers.targets.files.packing import read
from columba_consumers.targets.files.tree import tree_of
from columba_shared.settings.file_destinations import destinations

FILE = read(FileMessage(name="a.xml", directory="b", text="<a/>"), max_size=100)


def draft() -> Draft:
    return Draft(delivery=uuid4(), again=True)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[LocalFolder]:
    """A folder that nobody has made yet."""
    made = LocalFolder(destinations(f"out=file://{tmp_path}/out")[0])
    yield made
    await made.close()


def unsynced(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Have the system refuse to sync folders."""
    real = os.fsync

    def fsync(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            raise OSError(number, os.strerror(number))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", fsync)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES, errno.EPERM])
async def test_a_folder_that_nobody_can_sync_takes_files(
    there: LocalFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    unsynced(monkeypatch, number)
    await there.put(FILE, draft())
    assert (tmp_path / "out/b/a.xml").read_text() == "<a/>"


async def test_a_disk_that_fails_once_the_file_has_its_name_is_asked_again(
    there: LocalFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out/b").mkdir(parents=True)
    unsynced(monkeypatch, errno.EIO)
    with pytest.raises(Temporary, match="may not be on disk"):
        await there.put(FILE, draft())
    assert (tmp_path / "out/b/a.xml").exists()


async def test_leftovers_that_will_not_go_spoil_no_delivery(
    there: LocalFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(folder: Path, own: Draft) -> None:
        del own
        raise PermissionError(errno.EACCES, "may not list", str(folder))

    monkeypatch.setattr(local, "_sweep", refuse)
    await there.put(FILE, draft())
    assert (tmp_path / "out/b/a.xml").exists()


async def test_a_link_that_leads_out_of_the_folder_is_not_followed(there: LocalFolder, tmp_path: Path) -> None:
    for name in ("elsewhere", "out/inside"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "out/b").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Permanent, match="out/b: a link there leads out of the destination's folder"):
        await there.put(FILE, draft())
    with pytest.raises(Permanent, match="leads out"):
        await there.put(read(FileMessage(name="a", directory="b/new", text=""), max_size=1), draft())
    assert not list((tmp_path / "elsewhere").iterdir())
    (tmp_path / "out/b").unlink()
    (tmp_path / "out/b").symlink_to("inside")
    await there.put(FILE, draft())
    assert (tmp_path / "out/inside/a.xml").exists()


async def test_a_destination_may_be_a_link_itself(there: LocalFolder, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to("real")
    await there.put(FILE, draft())
    assert [entry.place for entry in await there.entries()] == ["b/a.xml"]


async def test_only_files_are_listed(there: LocalFolder, tmp_path: Path) -> None:
    await there.put(FILE, draft())
    os.mkfifo(tmp_path / "out/pipe")
    (tmp_path / "out/link").symlink_to("b/a.xml")
    (tmp_path / "out/nowhere").symlink_to("gone")
    assert set((await tree_of(there)).files) == {"b/a.xml"}
