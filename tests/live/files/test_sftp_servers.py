"""What an SFTP server may leave unsaid or take back, and what that means."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncssh
import pytest
from columba_consumers.errors import Permanent, Temporary, Unknown
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files import sftp

from tests.live.files.conftest import draft, packed
from tests.live.files.test_sftp_renaming import Careful, folder

FILE = packed(FileMessage(name="a.xml", directory="b", text="<a/>"))


class Terse(Careful):
    """Lists names, and nothing else of them."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """List them."""
        async for each in super().scandir(path):
            yield asyncssh.SFTPName(each.filename)


class Silent(Terse):
    """Does not tell times when it is asked either."""

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Tell the rest."""
        told = asyncssh.SFTPAttrs.from_local(Path(self.map_path(path).decode()).lstat())
        told.atime = told.mtime = None
        return told


class Shapeless(Terse):
    """Tells no file from a folder."""

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Tell the rest."""
        told = asyncssh.SFTPAttrs.from_local(Path(self.map_path(path).decode()).lstat())
        told.permissions = None
        return told


class Closed(Careful):
    """Lets nobody look."""

    def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """Refuse."""
        del path
        raise asyncssh.SFTPPermissionDenied("not you")

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Refuse."""
        del path
        raise asyncssh.SFTPPermissionDenied("not you")


async def test_what_a_listing_does_not_tell_is_asked_for(tmp_path: Path) -> None:
    async with folder(Terse, tmp_path) as there:
        await there.put(FILE, draft())
        (found,) = await there.entries()
    path = tmp_path / "in/b/a.xml"
    assert (found.place, found.size, int(found.changed_at.timestamp())) == ("b/a.xml", 4, int(path.stat().st_mtime))


async def test_a_file_of_an_age_that_nobody_tells_is_none_of_1970(tmp_path: Path) -> None:
    async with folder(Silent, tmp_path) as there:
        await there.put(FILE, draft())
        with pytest.raises(Permanent, match=r"b/a\.xml: the server does not tell when it was changed"):
            await there.entries()


async def test_what_may_be_a_file_or_a_folder_is_not_nothing(tmp_path: Path) -> None:
    async with folder(Shapeless, tmp_path) as there:
        await there.put(FILE, draft())
        with pytest.raises(Permanent, match="b: the server does not tell what it is"):
            await there.entries()


async def test_a_folder_that_nobody_may_read_is_not_an_empty_one(tmp_path: Path) -> None:
    async with folder(Closed, tmp_path) as there:
        with pytest.raises(Permanent, match="not you"):
            await there.entries()


async def test_a_probe_makes_the_folder(tmp_path: Path) -> None:
    async with folder(Careful, tmp_path) as there:
        (tmp_path / "in").rmdir()
        for _ in range(2):
            await there.probe()
            (tmp_path / "in").rmdir()


class Keeping(Careful):
    """Never gives back a file that was set aside."""

    too_big = 3

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Refuse that."""
        if oldpath.endswith(b".old"):
            raise asyncssh.SFTPFailure("it stays where it is")
        super().rename(oldpath, newpath)


async def test_a_server_that_takes_neither_the_new_file_nor_the_old_one_back_is_told_of(tmp_path: Path) -> None:
    names = draft()
    async with folder(Keeping, tmp_path) as there:
        (tmp_path / "in/b").mkdir()
        (tmp_path / "in/b/a.xml").write_text("<o>")
        with pytest.raises(Temporary, match=f"too big; what was there is now /in/b/{names.aside(0)}"):
            await there.put(FILE, names)
    assert (tmp_path / "in/b" / names.aside(0)).read_text() == "<o>"


class Leaving(Careful):
    """Hangs up on who wants to give a file its name, once, and keeps the connection below."""

    stays = False

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Leave, or do it."""
        if not Leaving.stays:
            Leaving.stays = True
            self.channel.abort()
            return
        Path(self.map_path(oldpath).decode()).rename(self.map_path(newpath).decode())


async def test_a_session_that_ends_while_a_file_gets_its_name_is_not_used_again(tmp_path: Path) -> None:
    Leaving.stays = False
    async with folder(Leaving, tmp_path) as there:
        with pytest.raises(Unknown):
            await there.put(FILE, draft())
        await there.put(FILE, draft())
    assert (tmp_path / "in/b/a.xml").read_text() == "<a/>"


class Slow(Careful):
    """Takes its time to give a file its name."""

    async def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:  # type: ignore[override]  # asyncssh takes both
        """Never end."""
        del oldpath, newpath
        await asyncio.Event().wait()


async def test_nobody_knows_about_a_file_whose_name_takes_too_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "_NAMED_SECONDS", 0.2, raising=False)
    async with asyncio.timeout(10), folder(Slow, tmp_path) as there:
        with pytest.raises(Unknown, match="while the file got its name"):
            await there.put(FILE, draft())
