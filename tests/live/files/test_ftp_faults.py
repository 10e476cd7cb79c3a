"""What an FTP server may do wrong, and what that means for a delivery; and what it may take back."""

import asyncio
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from operator import contains
from pathlib import Path

import pytest
from columba_consumers.errors import NetworkTrouble, Permanent, TargetDown, Temporary, Unknown
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.ftp.folder import FtpFolder
from columba_consumers.targets.files.ftp.session import FtpSession
from columba_consumers.targets.files.packing import PackedFile
from columba_shared.settings.file_destinations import Destination, destinations

from tests.live.files.conftest import draft, packed
from tests.services.file_servers import FileServers
from tests.services.ftp_speaker import ftp_speaker
from tests.services.processes import children
from tests.system.system import until

FILE = packed(FileMessage(name="a.xml", directory="news", text="<a/>"))
HOME = {"PWD": '257 "/"', "CWD": "250 here", "SIZE": "213 4"}


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"PASS": "530 no"}, TargetDown),
        ({"greeting": "421 too many"}, TargetDown),
        ({"greeting": ""}, TargetDown),
        ({"TYPE": "504 what"}, TargetDown),
        ({"PWD": "257 somewhere"}, TargetDown),
        ({"STOR": "452 no room"}, Temporary),
        ({"STOR": "553 not that name"}, Permanent),
        ({"STOR": ""}, NetworkTrouble),
        ({"stored": ""}, NetworkTrouble),
        ({"stored": "451 the disk"}, Temporary),
        ({"SIZE": "213 3"}, Temporary),
        ({"RNFR": ""}, Unknown),
        ({"RNFR": "550 no", "RNTO": "503 RNFR first"}, Permanent),
        ({"RNTO": "550 no"}, Permanent),
        ({"RNTO": ""}, Unknown),
    ],
    ids=lambda given: "-".join(f"{name} {said}" for name, said in given.items()) if isinstance(given, dict) else "",
)
async def test_what_a_server_says_is_given_its_meaning(answers: dict[str, str], expected: type[Exception]) -> None:
    async with ftp_speaker(**{**HOME, **answers}) as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(expected) as caught:
            await there.put(FILE, draft())
        assert type(caught.value) is expected
        await there.close()


async def test_a_file_takes_no_more_commands_than_it_needs() -> None:
    async with ftp_speaker(PWD='257 "/"') as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in?connections=1")[0])
        await there.put(FILE, draft())
        begun = len(speaker.commands)
        await there.put(FILE, draft())
        assert speaker.commands[begun:] == ["PASV", "STOR", "SIZE", "RNFR", "RNTO"]
        await there.close()


async def test_a_file_in_the_way_is_removed_where_a_server_puts_none_in_its_place(
    destination: Callable[..., Destination], servers: FileServers, folder: str
) -> None:
    there = FtpFolder(destination("proftpd"))
    for _ in range(2):
        await there.put(FILE, draft())
    assert [path.name for path in (servers.files("proftpd") / folder / "news").iterdir()] == ["a.xml"]
    await there.close()


@pytest.mark.parametrize("kind", ["overwrites", "careful"])
@pytest.mark.parametrize("refused", [{}, {"RNTO": "553 no"}, {"special": "553 too big"}], ids=["yes", "never", "this"])
async def test_the_old_file_is_there_until_the_new_one_is(refused: dict[str, str], kind: str) -> None:
    names, old, final = draft(), b"<old/>", "/in/news/a.xml"
    answers = {f"RNTO /in/news/{names.name(0)}" if verb == "special" else verb: said for verb, said in refused.items()}
    async with ftp_speaker(PWD='257 "/"', **answers) as speaker:
        speaker.overwrites, speaker.files[final] = kind == "overwrites", old
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(Permanent, match="553") if refused else nullcontext():
            await there.put(FILE, names)
        assert speaker.files == {final: old if refused else b"<a/>"}
        await there.close()


async def test_a_server_that_takes_neither_the_new_file_nor_the_old_one_back_is_told_of() -> None:
    names, final = draft(), "/in/news/a.xml"
    aside = f"/in/news/{names.aside(0)}"
    answers = {f"RNTO {path}": "553 no" for path in (f"/in/news/{names.name(0)}", aside)}
    async with ftp_speaker(PWD='257 "/"', **answers) as speaker:
        speaker.files[final] = b"<old/>"
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(Permanent, match=f"what was there is now {aside}"):
            await there.put(FILE, names)
        assert speaker.files == {aside: b"<old/>"}
        await there.close()


async def test_logins_are_used_again_and_given_up_when_nobody_needs_them(
    destination: Callable[..., Destination], servers: FileServers
) -> None:
    there = FtpFolder(destination("vsftpd", connections="2"), idle_seconds=1.0)

    def connected() -> int:
        return sessions(servers, "vsftpd")

    await asyncio.to_thread(until, lambda: connected() == 0, "nobody of the test before is there")
    for _ in range(3):
        await asyncio.gather(*(there.put(FILE, draft()) for _ in range(4)))
        assert 1 <= connected() <= 2
    await asyncio.to_thread(until, lambda: connected() == 0, "the logins are given up")
    await there.put(FILE, draft())
    await there.close()


async def test_an_upload_that_is_given_up_ends_though_the_server_takes_nothing() -> None:
    big = packed(FileMessage(name="big.bin", content=bytes(1 << 26)))
    async with ftp_speaker(PWD='257 "/"') as speaker:
        speaker.taking.clear()
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in?connections=1")[0])
        task = asyncio.create_task(there.put(big, draft()))
        await asyncio.to_thread(until, lambda: "STOR" in speaker.commands, "it is brought", seconds=10)
        task.cancel()
        await asyncio.wait([task])
        # The only thread is free again.
        async with asyncio.timeout(10):
            await there.probe()
        assert "RNFR" not in speaker.commands
        speaker.taking.set()
        await there.close()


async def test_reading_that_is_given_up_ends_though_the_server_gives_nothing() -> None:
    async with ftp_speaker(PWD='257 "/"') as speaker:
        speaker.taking.clear()
        speaker.files["/in/a.xml"] = b"<a/>"
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in?connections=1")[0])
        for verb, asked in (("RETR", there.sha256("a.xml")), ("MLSD", there.entries())):
            task = asyncio.ensure_future(asked)
            await asyncio.to_thread(until, partial(contains, speaker.commands, verb), "it is read", seconds=10)
            task.cancel()
            await asyncio.wait([task])
            # The only thread is free again.
            async with asyncio.timeout(10):
                await there.probe()
        speaker.taking.set()
        await there.close()


def sessions(servers: FileServers, name: str) -> int:
    """Return how many clients a server has: each has a process."""
    pid = servers.process(name).pid()
    assert pid is not None
    return len(children(pid))


@pytest.mark.parametrize(
    "answers",
    [{"stored": "452 no room"}, {"stored": "552 no room"}, {"SIZE": "213 3"}, {"RNTO": "450 busy"}],
    ids=["452", "552", "size", "busy"],
)
async def test_what_does_not_work_leaves_nothing(answers: dict[str, str]) -> None:
    async with ftp_speaker(PWD='257 "/"', **answers) as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(Temporary):
            await there.put(FILE, draft())
        assert not speaker.files
        await there.close()


async def test_what_was_left_is_removed_before_more_is_brought_but_not_what_was_set_aside() -> None:
    first = draft()
    left, aside = f"/in/news/{first.name(0)}", f"/in/news/{first.aside(0)}"
    async with ftp_speaker(PWD='257 "/"') as speaker:
        speaker.files |= {left: b"half", aside: b"<old/>"}
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        speaker.answers = {**speaker.answers, "STOR": "452 no room"}
        with pytest.raises(Temporary):
            await there.put(FILE, Draft(delivery=first.delivery, again=True))
        assert speaker.files == {aside: b"<old/>"}
        speaker.answers = {"PWD": '257 "/"'}
        await there.put(FILE, Draft(delivery=first.delivery, again=True))
        assert speaker.files == {"/in/news/a.xml": b"<a/>"}
        await there.close()


async def test_who_may_not_list_may_bring_files_all_the_same() -> None:
    async with ftp_speaker(PWD='257 "/"', MLSD="550 no") as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        await there.put(FILE, draft(again=True))
        assert speaker.files == {"/in/news/a.xml": b"<a/>"}
        listed = speaker.commands.index("MLSD")
        assert "TYPE" in speaker.commands[listed + 1 : speaker.commands.index("STOR")], "bytes stay as they are"
        await there.close()


LATIN = "für".encode("latin-1").decode(errors="surrogateescape")


async def test_replies_and_names_that_are_no_utf_8_hinder_nothing() -> None:
    async with ftp_speaker(PWD='257 "/"', greeting=f"220 {LATIN}", stored=f"226 {LATIN}") as speaker:
        speaker.files[f"/in/news/{LATIN}"] = b"theirs"
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        await there.put(FILE, draft(again=True))
        assert speaker.files["/in/news/a.xml"] == b"<a/>"
        speaker.answers = {**speaker.answers, "STOR": f"553 {LATIN}"}
        with pytest.raises(Permanent, match=r"553 f\\xfcr"):
            await there.put(FILE, draft())
        await there.close()


@pytest.mark.parametrize(
    ("answers", "expected"),
    [({"SIZE": "213 many"}, NetworkTrouble), ({"PASS": "yes"}, TargetDown)],
    ids=["a size", "a reply"],
)
async def test_what_is_no_ftp_is_said_to_be_none(answers: dict[str, str], expected: type[Exception]) -> None:
    async with ftp_speaker(PWD='257 "/"', **answers) as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(expected, match="does not speak FTP"):
            await there.put(FILE, draft())
        await there.close()


async def test_what_is_still_there_is_not_said_to_be_removed() -> None:
    answers = {"SIZE": "500 what", "DELE": "550 no"}
    async with ftp_speaker(PWD='257 "/"', **answers) as speaker:
        speaker.files["/in/a.xml"] = b"<a/>"
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(Permanent, match="550"):
            await there.remove("a.xml")
        await there.remove("gone.xml")
        await there.close()


async def test_a_server_that_tells_no_sizes_has_the_old_file_make_room_all_the_same() -> None:
    async with ftp_speaker(PWD='257 "/"', SIZE="502 what") as speaker:
        speaker.overwrites, speaker.files["/in/news/a.xml"] = False, b"<old/>"
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        await there.put(FILE, draft())
        assert speaker.files == {"/in/news/a.xml": b"<a/>"}
        await there.close()


async def test_a_folder_that_cannot_be_entered_is_not_an_empty_one() -> None:
    async with ftp_speaker(PWD='257 "/"', CWD="550 no") as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        assert await there.entries() == [], "there is none"
        speaker.files["/in"] = b""
        with pytest.raises(Permanent, match="550"):
            await there.entries()
        await there.close()


async def test_a_source_that_fails_leaves_the_login_in_order() -> None:
    # It can be opened, and reading it fails.
    source = PackedFile(directory="", name="a", content=Path("/proc/self/mem"), size=1)
    async with ftp_speaker(PWD='257 "/"', stored="426 what was that") as speaker:
        session = FtpSession(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        await asyncio.to_thread(session.open)
        with pytest.raises(Temporary, match="Input/output error"):
            await asyncio.to_thread(session.store, source, "/in/draft")
        await asyncio.to_thread(session.remove, "/in/draft")
        assert await asyncio.to_thread(session.names, "/in") == []
        await asyncio.to_thread(session.close)


async def test_a_server_that_takes_no_more_bytes_is_heard_out() -> None:
    big = packed(FileMessage(name="big.bin", content=bytes(1 << 24)))
    async with ftp_speaker(PWD='257 "/"', full="552 no room") as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@127.0.0.1:{speaker.port}/in")[0])
        with pytest.raises(Temporary, match="552 no room") as caught:
            await there.put(big, draft())
        assert type(caught.value) is Temporary
        await there.close()
