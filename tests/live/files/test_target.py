"""The files target on real servers: what the core may rely on, and many destinations at once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from columba_consumers.errors import InvalidMessage, NetworkTrouble, NoRoom, TargetDown
from columba_consumers.file_message import File, FileMessage
from columba_consumers.targets import DeliveryRef
from columba_consumers.targets.files.target import FilesTarget
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.testing import check_target
from columba_shared.settings import Settings

from tests.services.file_servers import ALL_SERVERS, FileServers
from tests.services.ftp_speaker import ftp_speaker
from tests.services.ports import LOOPBACK, free_ports
from tests.system.system import until

MESSAGE = FileMessage(name="a.xml", directory="news", text="<a/>", related=(File(name="b", content=b"\xff"),))


@asynccontextmanager
async def target(folder: Path, **settings: str) -> AsyncIterator[FilesTarget]:
    """Give the target with these settings."""
    variables = {f"COLUMBA_FILES_{name}": value for name, value in settings.items()}
    read = Settings.from_env({"COLUMBA_TARGETS": "files", **variables}, directory=folder)
    made = FilesTarget(read.own("files", FilesTarget.settings))
    yield made
    await made.close()


async def deliver(files: FilesTarget, message: FileMessage, address: str, **more: UUID) -> str:
    """Deliver as the core does."""
    ids = {"id": uuid4(), "event_id": uuid4(), **more}
    reference = DeliveryRef(address=address, name=None, kind="news", attempt=1, **ids)
    return (await files.deliver(await files.prepare(message, reference), reference)).reply


@pytest.mark.parametrize("name", ["folder", "vsftpd", "proftpd", "sshd"])
async def test_the_core_can_rely_on_it(name: str, servers: FileServers, folder: str, tmp_path: Path) -> None:
    url = f"file://{tmp_path}/out" if name == "folder" else servers.url(name, folder)
    (tmp_path / "file").write_text("")
    nobody = f"file://{tmp_path}/file/out" if name == "folder" else f"ftp://{LOOPBACK}:{next(free_ports())}/"
    await check_target(
        FilesTarget,
        message=MESSAGE,
        address="partner",
        settings={"COLUMBA_FILES_DESTINATIONS": f"partner={url}"},
        unreachable={"COLUMBA_FILES_DESTINATIONS": f"partner={nobody}"},
        refused={"stranger": InvalidMessage},
    )


async def test_a_selection_packed_once_has_the_same_hash_everywhere(
    servers: FileServers, folder: str, tmp_path: Path
) -> None:
    places = {"archive": tmp_path / "out"} | {name: servers.files(name) / folder for name in ALL_SERVERS}
    urls = {"archive": f"file://{tmp_path}/out"} | {name: servers.url(name, folder) for name in ALL_SERVERS}
    related = tuple(File(name=f"{number}.txt", text=str(number) * 500) for number in range(100))
    event = uuid4()
    async with target(tmp_path, DESTINATIONS="; ".join(f"{name}={url}" for name, url in urls.items())) as files:
        messages = [FileMessage(zip="all.zip", directory="mass", related=tuple(related)) for _ in urls]
        sent = zip(messages, urls, strict=True)
        await asyncio.gather(*(deliver(files, message, name, event_id=event) for message, name in sent))
        await files.probe()
    digests = {hashlib.sha256((place / "mass" / "all.zip").read_bytes()).hexdigest() for place in places.values()}
    assert len(digests) == 1


async def test_a_slow_server_holds_up_no_other(tmp_path: Path) -> None:
    talking: set[asyncio.StreamWriter] = set()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.add(writer)
        with suppress(ConnectionError):
            await reader.read()
        writer.close()
        await writer.wait_closed()
        talking.discard(writer)

    silent = await asyncio.start_server(say_nothing, LOOPBACK, 0)
    port = silent.sockets[0].getsockname()[1]
    destinations = f"slow=ftp://{LOOPBACK}:{port}/?connections=1; archive=file://{tmp_path}/out"
    async with target(tmp_path, DESTINATIONS=destinations) as files:
        stuck = [asyncio.create_task(deliver(files, MESSAGE, "slow")) for _ in range(2)]
        await asyncio.to_thread(until, lambda: bool(talking), "somebody waits for an answer")
        async with asyncio.timeout(30):
            for _ in range(20):
                await deliver(files, MESSAGE, "archive")
        assert not any(task.done() for task in stuck)
        for task in stuck:
            task.cancel()
        await asyncio.wait(stuck)
    await asyncio.to_thread(until, lambda: not talking, "every client has hung up")
    silent.close()


async def test_a_probe_tells_of_all_that_are_away_and_is_content_with_one(tmp_path: Path) -> None:
    away = f"{LOOPBACK}:{next(free_ports())}/"
    both = f"a=ftp://{away}; b=sftp://{away}"
    async with target(tmp_path, DESTINATIONS=both) as files:
        with pytest.raises(TargetDown, match=rf"^a: {LOOPBACK}:.*; b: {LOOPBACK}:"):
            await files.probe()
    async with target(tmp_path, DESTINATIONS=f"{both}; archive=file://{tmp_path}/out") as files:
        await files.probe()
        with pytest.raises(TargetDown):
            await files.probe_one("b")


async def test_what_spent_no_attempt_leaves_nothing_for_ever(tmp_path: Path) -> None:
    reference = DeliveryRef(id=uuid4(), event_id=uuid4(), address="partner", name=None, kind="news", attempt=1)
    async with ftp_speaker(PWD='257 "/"', stored="") as speaker:
        url = f"ftp://a:b@{LOOPBACK}:{speaker.port}/in"
        async with target(tmp_path, DESTINATIONS=f"partner={url}") as files:
            packed = await files.prepare(FileMessage(name="a.xml", text="<a/>"), reference)
            with pytest.raises(NetworkTrouble):
                await files.deliver(packed, reference)
            assert len(speaker.files) == 1
            speaker.answers = {"PWD": '257 "/"'}
            await files.deliver(packed, reference)
            assert speaker.files == {"/in/a.xml": b"<a/>"}


async def test_one_slow_destination_does_not_take_every_slot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("columba_consumers.targets.files.target._PATIENCE_SECONDS", 0.2)
    async with ftp_speaker(PWD='257 "/"') as speaker:
        speaker.taking.clear()
        destinations = f"slow=ftp://a:b@{LOOPBACK}:{speaker.port}/?connections=1; archive=file://{tmp_path}/out"
        async with target(tmp_path, DESTINATIONS=destinations) as files:
            slots = SlottedTarget(files)
            waiting = [asyncio.create_task(through(slots, "slow")) for _ in range(slots.slots)]
            async with asyncio.timeout(10):
                await through(slots, "archive")
                told = [each async for each in refusals(waiting[1:])]
            assert len(told) == slots.slots - 1
            assert not waiting[0].done(), "who has the connection keeps it"
            speaker.taking.set()
            await waiting[0]
            await through(slots, "slow")


async def test_at_the_only_destination_everybody_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("columba_consumers.targets.files.target._PATIENCE_SECONDS", 0.0)
    async with ftp_speaker(PWD='257 "/"') as speaker:
        speaker.taking.clear()
        destinations = f"slow=ftp://a:b@{LOOPBACK}:{speaker.port}/?connections=1"
        async with target(tmp_path, DESTINATIONS=destinations) as files:
            waiting = [asyncio.create_task(through(SlottedTarget(files), "slow")) for _ in range(3)]
            await asyncio.to_thread(until, lambda: "STOR" in speaker.commands, "it is brought", seconds=10)
            speaker.taking.set()
            await asyncio.gather(*waiting)


async def through(slots: SlottedTarget, address: str) -> None:
    """Deliver as the core does, once there is a slot."""
    ids = {"id": uuid4(), "event_id": uuid4()}
    async with slots.slot() as slot:
        await slot.deliver(MESSAGE, DeliveryRef(address=address, name=None, kind="news", attempt=1, **ids))


async def refusals(tasks: list[asyncio.Task[None]]) -> AsyncIterator[NoRoom]:
    """Yield what each of them was put off with."""
    for task in tasks:
        with pytest.raises(NoRoom) as caught:
            await task
        yield caught.value


@pytest.mark.parametrize(
    ("settings", "problem"),
    [
        ({"DESTINATIONS": "a=ftp://u:secret@/x"}, "COLUMBA_FILES_DESTINATIONS.*the destination a: names no host"),
        ({"VALIDATORS": "news=xsd:/nowhere.xsd"}, "COLUMBA_FILES_VALIDATORS.*nowhere.xsd: No such file"),
    ],
    ids=["destinations", "validators"],
)
async def test_a_wrong_setting_is_said_with_its_name_and_without_secrets(
    settings: dict[str, str], problem: str, tmp_path: Path
) -> None:
    with pytest.raises(Exception, match=problem) as caught:
        async with target(tmp_path, **settings):
            raise AssertionError
    assert "secret" not in str(caught.value)


async def test_where_it_leads_is_told_without_passwords(servers: FileServers, tmp_path: Path) -> None:
    async with target(tmp_path, DESTINATIONS=f"partner={servers.url('proftpd')}") as files:
        assert files.leads_to() == f"partner=ftp://partner:***@{LOOPBACK}:{servers.start('proftpd').port}/"
    async with target(tmp_path) as files:
        assert files.leads_to() == "nowhere: COLUMBA_FILES_DESTINATIONS is not set"
        with pytest.raises(ValueError, match=r"names nothing: .* COLUMBA_FILES_DESTINATIONS has none"):
            files.validate("partner")
