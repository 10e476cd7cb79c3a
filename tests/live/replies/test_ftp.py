"""What FTP servers say, spoken by one on a socket, and what it means for the delivery."""

import asyncio
import ftplib
import socket
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

import pytest
from columba_consumers.errors import (
    DeliveryError,
    NetworkTrouble,
    Permanent,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.ftp import Phase, broken, refusal

from tests.services.ftp_speaker import GREETING, STORED, ftp_speaker
from tests.services.ports import LOOPBACK

DONE: Final = "done"

Said = tuple[str, str, Phase, type[DeliveryError]]

SAID: Final[list[Said]] = [
    (GREETING, "120 ready in 3 minutes", Phase.GREETING, Throttled),
    (GREETING, "421 too many users", Phase.GREETING, TargetDown),
    (GREETING, "500 not for you", Phase.GREETING, TargetDown),
    ("USER", "421 closing", Phase.LOGIN, TargetDown),
    ("USER", "430 no such user", Phase.LOGIN, TargetDown),
    ("USER", "530 only encrypted", Phase.LOGIN, TargetDown),
    ("PASS", "332 and which account", Phase.LOGIN, TargetDown),
    ("PASS", "530 wrong password", Phase.LOGIN, TargetDown),
    ("PASS", "530 the maximum number of clients is there", Phase.LOGIN, TargetDown),
    ("CWD", "421 closing", Phase.PREPARE, TargetDown),
    ("CWD", "450 the folder is busy", Phase.PREPARE, Temporary),
    ("CWD", "500 what is that", Phase.PREPARE, TargetDown),
    ("CWD", "501 that is no folder's name", Phase.PREPARE, Permanent),
    ("CWD", "530 log in first", Phase.PREPARE, TargetDown),
    ("CWD", "550 no such folder", Phase.PREPARE, Permanent),
    ("TYPE", "504 not that type", Phase.PREPARE, Permanent),
    ("PASV", "425 no port is free", Phase.PREPARE, NetworkTrouble),
    ("PASV", "502 not here", Phase.PREPARE, TargetDown),
    ("STOR", "421 closing", Phase.STORE, TargetDown),
    ("STOR", "425 no connection for the bytes", Phase.STORE, NetworkTrouble),
    ("STOR", "450 somebody reads it", Phase.STORE, Temporary),
    ("STOR", "451 an error over here", Phase.STORE, Temporary),
    ("STOR", "452 no room", Phase.STORE, Temporary),
    ("STOR", "522 the bytes must be encrypted", Phase.STORE, TargetDown),
    ("STOR", "532 storing needs an account", Phase.STORE, TargetDown),
    ("STOR", "550 not allowed", Phase.STORE, Permanent),
    ("STOR", "551 no such kind of page", Phase.STORE, Permanent),
    ("STOR", "552 the quota is used up", Phase.STORE, Temporary),
    ("STOR", "553 not by that name", Phase.STORE, Permanent),
    (STORED, "421 closing", Phase.FINAL, Temporary),
    (STORED, "426 broken off", Phase.FINAL, NetworkTrouble),
    (STORED, "451 an error over here", Phase.FINAL, Temporary),
    (STORED, "452 no room", Phase.FINAL, Temporary),
    (STORED, "550 not allowed", Phase.FINAL, Permanent),
    (STORED, "552 the quota is used up", Phase.FINAL, Temporary),
    ("RNFR", "550 it is gone", Phase.FINAL, Permanent),
    ("RNTO", "450 somebody reads it", Phase.FINAL, Temporary),
    ("RNTO", "553 not by that name", Phase.FINAL, Permanent),
]


@pytest.mark.parametrize(("command", "reply", "phase", "kind"), SAID, ids=[f"{one[0]} {one[1]}" for one in SAID])
async def test_what_an_ftp_server_says_means_this(
    command: str, reply: str, phase: Phase, kind: type[DeliveryError]
) -> None:
    async with ftp_speaker(**{command: reply}) as speaker:
        reached, said = await asyncio.to_thread(refused, speaker.port)
        assert "final.xml" not in speaker.files
    assert (reached, said) == (phase, reply)
    error = refusal(reached, said, destination="files.example.org")
    assert (type(error), error.code) == (kind, reply[:3])
    assert reply in error.reply
    assert getattr(error, "destination", "files.example.org") == "files.example.org"


@pytest.mark.parametrize(
    ("command", "phase", "kind"),
    [
        (GREETING, Phase.GREETING, TargetDown),
        ("PASS", Phase.LOGIN, TargetDown),
        ("CWD", Phase.PREPARE, NetworkTrouble),
        ("STOR", Phase.STORE, NetworkTrouble),
        ("RNTO", Phase.FINAL, Unknown),
    ],
)
async def test_a_server_that_hangs_up_leaves_a_file_in_doubt_only_at_the_end(
    command: str, phase: Phase, kind: type[DeliveryError]
) -> None:
    async with ftp_speaker(**{command: ""}) as speaker:
        reached, said = await asyncio.to_thread(refused, speaker.port)
    assert (reached, said) == (phase, "")
    assert type(broken(reached, "the server hung up")) is kind


def test_who_asks_for_minutes_gets_them() -> None:
    error = refusal(Phase.GREETING, "120 ready in 3 minutes")
    assert isinstance(error, Throttled)
    assert error.after == timedelta(minutes=3)


def test_what_is_no_ftp_is_a_connection_that_broke() -> None:
    assert type(refusal(Phase.GREETING, "SSH-2.0-OpenSSH_9.2")) is TargetDown


async def test_the_speaker_takes_a_file_when_nothing_is_wrong() -> None:
    async with ftp_speaker() as speaker:
        assert await asyncio.to_thread(refused, speaker.port) == (Phase.FINAL, DONE)
        assert speaker.files == {"final.xml": b"<invoice/>"}


def refused(port: int) -> tuple[Phase, str]:
    """Hand a file over: under a temporary name, then renamed. Return which step ended that and with which reply."""
    client = ftplib.FTP(timeout=60)  # noqa: S321 - on this machine
    phase = Phase.GREETING
    try:
        for phase, wanted, reply in steps(client, port):
            if not reply.startswith(wanted):
                return phase, reply
    except (ftplib.error_temp, ftplib.error_perm) as error:
        return phase, str(error)
    except (EOFError, OSError):
        return phase, ""
    finally:
        client.close()
    return Phase.FINAL, DONE


def steps(client: ftplib.FTP, port: int) -> Iterator[tuple[Phase, str, str]]:
    """Yield each step, once before it is done and once with its reply; and how the reply should begin."""
    yield Phase.GREETING, "", ""
    yield Phase.GREETING, "220", client.connect(LOOPBACK, port)
    yield Phase.LOGIN, "", ""
    yield Phase.LOGIN, "331", client.sendcmd("USER shop")
    yield Phase.LOGIN, "230", client.sendcmd("PASS secret")
    yield Phase.PREPARE, "", ""
    yield Phase.PREPARE, "2", client.cwd("in")
    yield Phase.PREPARE, "2", client.voidcmd("TYPE I")
    place = client.makepasv()
    yield Phase.STORE, "", ""
    with socket.create_connection(place, timeout=60) as connection:
        yield Phase.STORE, "150", client.sendcmd("STOR temporary")
        connection.sendall(b"<invoice/>")
    yield Phase.FINAL, "", ""
    yield Phase.FINAL, "226", client.voidresp()
    yield Phase.FINAL, "250", client.rename("temporary", "final.xml")
