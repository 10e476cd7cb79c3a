"""An SFTP server that puts nothing in another file's place."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncssh
import pytest
from columba_consumers.errors import Temporary
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.sftp import SftpFolder
from columba_shared.settings.file_destinations import destinations

from tests.live.files.conftest import draft, packed
from tests.services.ports import LOOPBACK

FILE = packed(FileMessage(name="a.xml", text="<a/>"))


class Careful(asyncssh.SFTPServer):
    """Knows the plain renaming alone; files that are too big get no name."""

    too_big = 1 << 20

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Say that it cannot do that."""
        del oldpath, newpath
        raise asyncssh.SFTPOpUnsupported("not here")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Give a file a name that is free."""
        old, new = (Path(self.map_path(path).decode()) for path in (oldpath, newpath))
        if new.exists():
            raise asyncssh.SFTPFailure("there is one")
        if old.stat().st_size > self.too_big:
            raise asyncssh.SFTPFailure("too big")
        old.rename(new)


class Full(Careful):
    """Gives no name to a file of four bytes."""

    too_big = 3


@asynccontextmanager
async def folder(kind: type[Careful], tmp_path: Path) -> AsyncIterator[SftpFolder]:
    """Give the destination on a server of this kind, which has ``tmp_path / "in"``."""
    for name in ("host", "login"):
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(tmp_path / name)
        key.write_public_key(tmp_path / f"{name}.pub")
    (tmp_path / "in").mkdir()
    server = await asyncssh.listen(
        LOOPBACK,
        0,
        server_host_keys=[str(tmp_path / "host")],
        authorized_client_keys=str(tmp_path / "login.pub"),
        sftp_factory=lambda channel: kind(channel, chroot=str(tmp_path).encode()),
    )
    known = f"[{LOOPBACK}]:{server.get_port()} {(tmp_path / 'host.pub').read_text()}"
    (tmp_path / "known").write_text(known)
    options = f"key={tmp_path}/login&known_hosts={tmp_path}/known"
    there = SftpFolder(destinations(f"partner=sftp://a@{LOOPBACK}:{server.get_port()}//in?{options}")[0])
    yield there
    await there.close()
    server.close()
    await server.wait_closed()


async def test_the_old_file_makes_room_for_the_new_one(tmp_path: Path) -> None:
    async with folder(Careful, tmp_path) as there:
        for _ in range(2):
            await there.put(FILE, draft())
    assert {path.name: path.read_text() for path in (tmp_path / "in").iterdir()} == {"a.xml": "<a/>"}


async def test_the_old_file_stays_where_the_new_one_gets_no_name(tmp_path: Path) -> None:
    async with folder(Full, tmp_path) as there:
        (tmp_path / "in" / "a.xml").write_text("<o>")
        with pytest.raises(Temporary, match="too big"):
            await there.put(FILE, draft())
    assert {path.name: path.read_text() for path in (tmp_path / "in").iterdir()} == {"a.xml": "<o>"}
