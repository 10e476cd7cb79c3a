"""What is SFTP's alone: the host's key, the login's folder, and a connection that the server has ended."""

import asyncio
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncssh
import pytest
from columba_consumers.errors import Permanent, TargetDown
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.packing import Packed, PackedFile
from columba_consumers.targets.files.sftp import SftpFolder
from columba_shared.settings.file_destinations import Destination, destinations

from tests.live.files.conftest import draft, packed
from tests.services.file_servers import FileServers
from tests.services.processes import children
from tests.system.system import until

FILE = packed(FileMessage(name="a.xml", directory="news", text="<a/>"))


async def test_a_host_whose_key_is_not_known_gets_nothing(
    destination: Callable[..., Destination], tmp_path: Path
) -> None:
    (tmp_path / "known").write_text("")
    there = SftpFolder(destination("sshd", known_hosts=str(tmp_path / "known")))
    with pytest.raises(TargetDown, match="Host key is not trusted"):
        await there.put(FILE, draft())
    await there.close()


async def test_a_path_is_the_logins_or_behind_a_second_slash_absolute(
    servers: FileServers, folder: str, tmp_path: Path
) -> None:
    place = servers.files("sshd") / folder
    absolute = SftpFolder(destinations(f"partner={servers.url('sshd', str(place))}")[0])
    await absolute.put(FILE, draft())
    assert (place / "news" / "a.xml").exists()
    await absolute.close()
    nobody = SftpFolder(destinations(f"partner={servers.url('sshd', f'{tmp_path}/not/ours')}")[0])
    with pytest.raises(Permanent):
        await nobody.put(FILE, draft())
    await nobody.close()


async def test_a_connection_that_the_server_has_ended_costs_nobody_an_attempt(
    destination: Callable[..., Destination], servers: FileServers
) -> None:
    there = SftpFolder(destination("sshd"))
    await there.put(FILE, draft())
    sessions = clients(servers)
    assert sessions
    for pid in sessions:
        os.kill(pid, signal.SIGKILL)
    over = "the sessions are over"
    await asyncio.to_thread(until, lambda: not set(clients(servers)) & set(sessions), over, seconds=10)
    await there.put(FILE, draft())
    await there.close()


async def test_hashing_what_is_sent_keeps_nobody_waiting(destination: Callable[..., Destination]) -> None:
    """Whoever waits for the event loop gets a turn between any two pieces."""
    there, turns, seen = SftpFolder(destination("sshd", check="read")), [0], []

    class Watched(PackedFile):
        def blocks(self) -> Iterator[bytes | memoryview]:
            for block in super().blocks():
                seen.append(turns[0])
                yield block

    async def take_turns() -> None:
        while True:
            turns[0] += 1
            await asyncio.sleep(0)

    others = asyncio.create_task(take_turns())
    big = Watched(directory="", name="a.bin", content=bytes(1 << 22), size=1 << 22)
    assert await there.put(Packed(files=(big,)), draft()) == "read back"
    others.cancel()
    assert len(seen) == len(set(seen))
    await there.close()


async def test_what_nobody_needs_is_hung_up(destination: Callable[..., Destination], servers: FileServers) -> None:
    before = len(clients(servers))
    there = SftpFolder(destination("sshd", connections="2", check="read"), idle_seconds=0.0)
    assert await there.put(FILE, draft()) == "read back"
    await asyncio.to_thread(until, lambda: len(clients(servers)) <= before, "nobody is connected", seconds=10)
    assert await there.put(FILE, draft()) == "read back"
    await there.close()


async def test_a_delivery_that_is_given_up_before_the_connection_is_ready_leaves_none(
    destination: Callable[..., Destination], servers: FileServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = clients(servers)
    begun = asyncio.Event()

    async def never(connection: asyncssh.SSHClientConnection) -> None:
        del connection
        begun.set()
        await asyncio.Event().wait()

    there = SftpFolder(destination("sshd"))
    with monkeypatch.context() as patched:
        patched.setattr(asyncssh.SSHClientConnection, "start_sftp_client", never)
        for _ in range(2):
            begun.clear()
            task = asyncio.create_task(there.put(FILE, draft()))
            await begun.wait()
            task.cancel()
            await asyncio.wait([task])
    over = "nobody is connected"
    await asyncio.to_thread(until, lambda: set(clients(servers)) <= set(before), over, seconds=10)
    await there.put(FILE, draft())
    await there.close()


def clients(servers: FileServers) -> list[int]:
    """Return the server's processes that each talk to a client."""
    shell = servers.process("sshd").pid()
    assert shell is not None
    return [session for listener in children(shell) for session in children(listener)]
