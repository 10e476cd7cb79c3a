"""A folder on an SSH server: one connection, over which files travel beside each other."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final, cast

import asyncssh
from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, TargetDown, Temporary, Unknown
from columba_consumers.targets.files.draft import Draft, is_aside
from columba_consumers.targets.files.packing import Packed, PackedFile
from columba_consumers.targets.files.receiver import Entry
from columba_consumers.targets.files.sftp_listing import entries
from columba_consumers.targets.files.sftp_renaming import GONE, remove, replace

IDLE_SECONDS: Final = 30.0
_TIMEOUT_SECONDS: Final = 60.0
_NAMED_SECONDS: Final = 60.0
_SLOWEST: Final = 20_000.0
"""Bytes a second, below which a connection is taken for broken."""
_ALIVE_SECONDS: Final = 15.0
_NEW: Final = asyncssh.FXF_WRITE | asyncssh.FXF_CREAT | asyncssh.FXF_EXCL
_BLOCK: Final = 1 << 18

_REFUSALS: Final = (
    asyncssh.SFTPNoSuchFile,
    asyncssh.SFTPNoSuchPath,
    asyncssh.SFTPPermissionDenied,
    asyncssh.SFTPInvalidFilename,
)
"""What is about the path, and will be the same tomorrow."""


class SftpFolder:
    """Its host key is always checked: without ``known_hosts``, against those of the user that runs this."""

    def __init__(self, destination: Destination, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._destination = destination
        self._idle_seconds = idle_seconds
        self._free = asyncio.Semaphore(destination.connections)
        self._opening = asyncio.Lock()
        self._replacing = asyncio.Lock()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None
        self._made: set[str] = set()
        self._users = 0
        self._timer: asyncio.TimerHandle | None = None

    async def put(self, packed: Packed, draft: Draft) -> str:
        """Bring the files."""
        written: list[tuple[str, str, str]] = []
        async with self._session(octets=packed.size) as client:
            old = await self._sweep(client, packed, draft) if draft.again else []
            try:
                for number, file in enumerate(packed.files):
                    was_there = file.directory in self._made
                    folder = await self._folder(client, file.directory)
                    written.append(
                        (f"{folder}{draft.name(number)}", f"{folder}{file.name}", f"{folder}{draft.aside(number)}")
                    )
                    try:
                        await self._store(client, file, written[-1][0])
                    except asyncssh.SFTPNoSuchFile:
                        # It may be that somebody has removed a folder which was there.
                        if not was_there:
                            raise
                        self._made.discard(file.directory)
                        await self._folder(client, file.directory)
                        await self._store(client, file, written[-1][0])
                for path, final, aside in written:
                    await self._rename(client, path, final, aside)
            except Unknown:
                raise
            except (asyncssh.SFTPError, DeliveryError):
                await remove(client, [path for path, _, _ in written])
                raise
            await remove(client, old)
        return "read back" if self._destination.check == "read" else "size verified"

    async def entries(self) -> list[Entry]:
        """Return every file."""
        async with self._session() as client:
            return [each async for each in entries(client, _under(self._destination.folder))]

    async def sha256(self, place: str) -> str:
        """Return a file's hash, for which it is read."""
        async with self._session() as client:
            return await _hash(client, f"{_under(self._destination.folder)}{place}")

    async def remove(self, place: str) -> None:
        """Remove a file."""
        async with self._session() as client:
            with suppress(asyncssh.SFTPNoSuchFile):
                await client.remove(f"{_under(self._destination.folder)}{place}")

    async def probe(self) -> None:
        """Log in, or find that the login still holds, and make the folder if it is missing."""
        async with self._session() as client:
            await _make(client, _under(self._destination.folder))

    async def close(self) -> None:
        """Hang up."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await connection.wait_closed()
            connection.abort()

    async def _rename(self, client: asyncssh.SFTPClient, path: str, final: str, aside: str) -> None:
        """Give a file its final name, in place of what has it."""
        try:
            async with _final():
                await client.posix_rename(path, final)
        except asyncssh.SFTPOpUnsupported:
            # For a moment there is none of that name: one delivery at a time makes use of it.
            async with self._replacing, _final():
                await replace(client, path, final, aside)

    async def _store(self, client: asyncssh.SFTPClient, file: PackedFile, path: str) -> None:
        reads_back, digest = self._destination.check == "read", hashlib.sha256()
        async with client.open(path, _NEW, encoding=None) as target:
            for block in file.blocks():
                if reads_back:  # hashed all at once, a big file would keep every other delivery waiting
                    digest.update(block)
                await target.write(bytes(block))
        size = await client.getsize(path)
        if size != file.size:
            raise Temporary(f"{file.place}: the server has {size or 0:,} bytes, and {file.size:,} were sent")
        if reads_back and (found := await _hash(client, path)) != digest.hexdigest():
            raise Temporary(f"{file.place}: what the server has is not what was sent (SHA-256 {found})")

    async def _folder(self, client: asyncssh.SFTPClient, directory: str) -> str:
        """Return a folder's path with a slash behind it, made if nobody here has made it yet."""
        path = _under(self._destination.folder, directory)
        if directory not in self._made and path:
            await _make(client, path)
            self._made.add(directory)
        return path

    async def _sweep(self, client: asyncssh.SFTPClient, packed: Packed, draft: Draft) -> list[str]:
        """Remove what earlier attempts at this delivery left; return what they set aside, which goes later.

        It may fail: files can be brought all the same.
        """
        found: list[str] = []
        for directory in {file.directory for file in packed.files}:
            folder = _under(self._destination.folder, directory)
            with suppress(asyncssh.SFTPError):
                found += [f"{folder}{name}" for name in await client.listdir(folder or ".") if draft.is_left_over(name)]
        await remove(client, [path for path in found if not is_aside(path.rpartition("/")[2])])
        return [path for path in found if is_aside(path.rpartition("/")[2])]

    @asynccontextmanager
    async def _session(self, *, octets: int = 0) -> AsyncIterator[asyncssh.SFTPClient]:
        """Give the client, opened if need be, and translate what goes wrong with it."""
        async with self._free:
            self._users += 1
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            try:
                client = await self._opened()
                async with self._translated(client, octets):
                    yield client
            finally:
                self._users -= 1
                if not self._users and self._connection is not None:
                    loop = asyncio.get_running_loop()
                    self._timer = loop.call_later(self._idle_seconds, self._hang_up)

    async def _opened(self) -> asyncssh.SFTPClient:
        async with self._opening:
            if self._connection is not None and self._connection.is_closed():
                self._hang_up()
            if self._client is None:
                self._client = await self._open()
            return self._client

    async def _open(self) -> asyncssh.SFTPClient:
        at = self._destination
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                self._connection = await asyncssh.connect(
                    at.host,
                    at.port,
                    username=at.user or (),
                    password=at.password,
                    client_keys=() if at.key is None else [str(at.key)],
                    known_hosts=() if at.known_hosts is None else str(at.known_hosts),
                    config=None,
                    keepalive_interval=_ALIVE_SECONDS,
                )
                return await self._connection.start_sftp_client()
        except (OSError, ValueError, asyncssh.Error, TimeoutError) as error:
            self._hang_up()
            told = getattr(error, "reason", "") or getattr(error, "strerror", "") or str(error) or "took too long"
            raise TargetDown(f"{at.place}: {type(error).__name__}: {told}", destination=at.name) from error
        except BaseException:
            # Cancelled between the login and what comes after it: nobody else would hang up.
            self._hang_up()
            raise

    def _hang_up(self) -> None:
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.abort()

    @asynccontextmanager
    async def _translated(self, client: asyncssh.SFTPClient, octets: int) -> AsyncIterator[None]:
        at = self._destination
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS * 10 + octets / _SLOWEST) as limit:
                yield
        except Unknown:
            self._forget(client)
            raise
        except asyncssh.SFTPError as error:
            if isinstance(error, GONE):
                self._forget(client)
                raise NetworkTrouble(f"{at.place}: {error.reason or 'the connection was lost'}") from error
            raise _meaning(error, at) from error
        except (asyncssh.Error, OSError) as error:
            if isinstance(error, TimeoutError) and not limit.expired():
                raise
            self._forget(client)
            raise NetworkTrouble(f"{at.place}: {type(error).__name__}: {error}") from error

    def _forget(self, client: asyncssh.SFTPClient) -> None:
        if self._client is client:
            self._hang_up()


@asynccontextmanager
async def _final() -> AsyncIterator[None]:
    """Say of a connection that is lost, or silent, while a file gets its name that nobody knows whether it has it."""
    try:
        async with asyncio.timeout(_NAMED_SECONDS):
            yield
    except (asyncssh.Error, OSError) as error:  # TimeoutError is one
        if isinstance(error, asyncssh.SFTPError) and not isinstance(error, GONE):
            raise
        told = "no answer" if isinstance(error, TimeoutError) else getattr(error, "reason", "") or str(error)
        raise Unknown(f"{told} (while the file got its name)") from error


async def _make(client: asyncssh.SFTPClient, path: str) -> None:
    """Make a folder and those above it. One that is there is not asked for: that may be refused."""
    if not await client.isdir(path or "."):
        await client.makedirs(path.rstrip("/") or "/", exist_ok=True)


async def _hash(client: asyncssh.SFTPClient, path: str) -> str:
    digest = hashlib.sha256()
    async with client.open(path, asyncssh.FXF_READ, encoding=None) as file:
        while block := await file.read(_BLOCK):
            digest.update(cast("bytes", block))
    return digest.hexdigest()


def _meaning(error: asyncssh.SFTPError, at: Destination) -> DeliveryError:
    """Return what a refusal means: of the path for ever, of anything else perhaps not."""
    told = f"{at.place}: {error.reason}"
    return (Permanent if isinstance(error, _REFUSALS) else Temporary)(told, code=str(error.code))


def _under(folder: str, directory: str = "") -> str:
    """Return a path with a slash behind it; empty: where the login leads."""
    return "".join(f"{step.rstrip('/')}/" for step in (folder, directory) if step)
