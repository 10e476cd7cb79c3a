"""A folder of this machine: its names on disk, and links in it."""

import errno
import os
import stat
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Temporary
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files import local
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.local import LocalFolder
from columba_consumers.targets.files.packing import Packed, PackedFile, read
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


async def test_only_what_is_about_the_path_is_refused_for_ever(
    there: LocalFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    meanings = {
        Permanent: (errno.EACCES, errno.EISDIR, errno.ENOTDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL),
        Temporary: (errno.EMFILE, errno.ENFILE, errno.EBUSY, errno.ETXTBSY, errno.ETIMEDOUT, errno.ENOMEM, 9_999),
        TargetDown: (errno.EIO, errno.ESTALE, errno.EROFS),
    }
    await there.put(FILE, draft())
    for meaning, numbers in meanings.items():
        for number in numbers:
            with monkeypatch.context() as patched:
                patched.setattr(Path, "rename", refusal(number))
                with pytest.raises(DeliveryError) as caught:
                    await there.put(FILE, draft())
                assert type(caught.value) is meaning, os.strerror(number)


def refusal(number: int) -> Callable[[Path, Path], None]:
    """Return what is called instead of a renaming, and refuses."""

    def refuse(path: Path, name: Path) -> None:
        del name
        raise OSError(number, os.strerror(number), str(path))

    return refuse


async def test_a_source_that_cannot_be_read_says_nothing_of_the_destination(there: LocalFolder) -> None:
    # It can be opened, and reading it fails with EIO.
    memory = Path("/proc/self/mem")
    file = PackedFile(directory="", name="a", content=memory, size=1)
    with pytest.raises(Temporary, match="/proc/self/mem: Input/output error") as caught:
        await there.put(Packed(files=(file,)), draft())
    assert type(caught.value) is Temporary


async def test_what_earlier_attempts_left_makes_room_before_more_is_written(
    there: LocalFolder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await there.put(FILE, draft())
    delivery = uuid4()
    left = tmp_path / "out/b" / Draft(delivery=delivery, again=False).name(0)
    left.write_text("half")
    monkeypatch.setattr(local, "_write_all", full)
    with pytest.raises(Temporary, match="No space left"):
        await there.put(FILE, Draft(delivery=delivery, again=True))
    assert [path.name for path in left.parent.iterdir()] == ["a.xml"]


def full(descriptor: int, content: object) -> None:
    """Find no room."""
    del descriptor, content
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


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
