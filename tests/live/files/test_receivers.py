"""What every kind of destination does alike, on real servers."""

import hashlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from uuid import uuid4

import pytest
from columba_consumers.errors import Permanent, TargetDown, Temporary
from columba_consumers.file_message import File, FileMessage
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.receiver import Receiver
from columba_consumers.targets.files.receivers import receiver
from columba_shared.settings.file_destinations import Destination, destinations

from tests.live.files.conftest import draft, packed
from tests.services.file_servers import ALL_SERVERS, TLS_SERVERS, FileServers

MANY = FileMessage(
    name="Preise für Wien.xml",
    directory="news/2026 11",
    text="<prices/>" * 30_000,
    related=(File(name="-photo.jpg", directory="media", content=bytes(range(256)) * 100), File(name="empty", text="")),
)
EXPECTED = {"news/2026 11/Preise für Wien.xml", "media/-photo.jpg", "empty"}


@pytest.fixture(params=ALL_SERVERS)
def server(request: pytest.FixtureRequest) -> str:
    """Each of the servers."""
    return str(request.param)


@pytest.fixture
async def there(server: str, destination: Callable[..., Destination]) -> AsyncIterator[Receiver]:
    """The receiver for this test's folder."""
    made = receiver(destination(server))
    yield made
    await made.close()


@pytest.fixture
def files(server: str, servers: FileServers, folder: str) -> Path:
    """This test's folder, as the server's disk has it."""
    return servers.files(server) / folder


async def test_files_arrive_whole_in_folders_that_are_made(there: Receiver, files: Path) -> None:
    how = await there.put(packed(MANY), draft())
    assert how in {"size verified", "HASH verified"}
    assert tree(files) == {file.place: file.sha256 for file in packed(MANY).files}


async def test_the_same_delivery_again_ends_in_the_same_files(there: Receiver, files: Path) -> None:
    delivery = uuid4()
    await there.put(packed(MANY), Draft(delivery=delivery, again=False))
    left = files / "media" / Draft(delivery=delivery, again=False).name(0)
    others = files / "media" / draft().name(0)
    for path in (left, others):
        path.write_bytes(b"half a fi")
        path.parent.chmod(0o777)
    newer = FileMessage(name="empty", text="new", related=(File(name="b", directory="media", text="b"),))
    await there.put(packed(newer), Draft(delivery=delivery, again=True))
    assert (files / "empty").read_text() == "new"
    assert not left.exists(), "what an earlier attempt left is removed by the next one"
    assert others.exists(), "what another delivery is writing is its own"


async def test_all_that_lies_there_can_be_listed_hashed_and_removed(there: Receiver, files: Path) -> None:
    assert await there.entries() == []
    await there.put(packed(MANY), draft())
    found = {entry.place: entry for entry in await there.entries()}
    assert set(found) == EXPECTED
    place = "media/-photo.jpg"
    assert found[place].size == (files / place).stat().st_size
    assert abs(found[place].changed_at.timestamp() - (files / place).stat().st_mtime) < 2
    assert await there.sha256(place) == tree(files)[place]
    for _ in range(2):
        await there.remove(place)
    assert set(tree(files)) == EXPECTED - {place}


async def test_a_folder_that_somebody_removed_is_made_again(there: Receiver, files: Path) -> None:
    message = packed(FileMessage(name="a", directory="news", text="a"))
    await there.put(message, draft())
    (files / "news" / "a").unlink()
    (files / "news").rmdir()
    await there.put(message, draft())
    assert set(tree(files)) == {"news/a"}


async def test_a_name_that_a_folder_has_is_refused_and_nothing_is_left(
    there: Receiver, files: Path, server: str
) -> None:
    await there.put(packed(FileMessage(name="x", directory="taken", text="x")), draft())
    # OpenSSH calls everything a failure that has no code of its own.
    with pytest.raises(Temporary if server == "sshd" else Permanent):
        await there.put(packed(FileMessage(name="taken", text="y")), draft())
    assert set(tree(files)) == {"taken/x"}


async def test_a_login_that_works_is_probed_and_one_that_does_not_is_down(
    there: Receiver, destination: Callable[..., Destination], server: str, servers: FileServers
) -> None:
    await there.probe()
    if server == "sshd":
        stranger = receiver(destination(server, key=str(servers.process(server).folder / "host_key")))
    else:
        url = servers.url(server)
        wrong = url.replace(url.split("@")[0].rpartition(":")[2], "wrong")
        stranger = receiver(destinations(f"partner={wrong}")[0])
    with pytest.raises(TargetDown) as caught:
        await stranger.put(packed(MANY), draft())
    assert caught.value.destination == "partner"
    assert "wrong" not in caught.value.reply
    await stranger.close()


@pytest.mark.parametrize("name", TLS_SERVERS)
async def test_a_certificate_that_nobody_vouches_for_is_refused(name: str, servers: FileServers) -> None:
    url = servers.url(name).replace(f"ca={servers.authority.path}", "connections=1")
    stranger = receiver(destinations(f"partner={url}")[0])
    with pytest.raises(TargetDown, match="CERTIFICATE_VERIFY_FAILED"):
        await stranger.probe()
    await stranger.close()


def tree(folder: Path) -> dict[str, str]:
    """Return the hash of each file under a folder."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }
