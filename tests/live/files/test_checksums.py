"""Checksums that servers make, as ProFTPD does; and one that is wrong."""

import ftplib
from collections.abc import Callable

import pytest
from columba_consumers.errors import Temporary
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.ftp.checksums import Checksum, agreed, asked, expected, offered
from columba_consumers.targets.files.ftp.folder import FtpFolder
from columba_shared.settings.file_destinations import Destination, destinations

from tests.live.files.conftest import draft, packed
from tests.services import proftpd
from tests.services.file_servers import FileServers
from tests.services.ftp_speaker import ftp_speaker
from tests.services.ports import LOOPBACK

FILE = packed(FileMessage(name="a b.xml", text="<a/>"))
KNOWN = [
    Checksum("HASH", "OPTS HASH SHA-256", "sha256"),
    Checksum("XSHA256", None, "sha256"),
    Checksum("XMD5", None, "md5"),
]


@pytest.mark.parametrize("checksum", KNOWN, ids=lambda checksum: checksum.command)
async def test_a_servers_checksum_is_the_files(
    checksum: Checksum, destination: Callable[..., Destination], servers: FileServers, folder: str
) -> None:
    there = FtpFolder(destination("proftpd"))
    assert await there.put(FILE, draft()) == "HASH verified"
    await there.close()
    with ftplib.FTP(timeout=10) as client:  # noqa: S321 - what is tested
        client.connect(LOOPBACK, servers.start("proftpd").port)
        client.login(proftpd.USER, proftpd.PASSWORD)
        assert agreed(client, checksum) == checksum
        assert asked(client, checksum, f"{folder}/a b.xml") == expected(FILE.files[0], checksum)
        assert asked(client, checksum, f"{folder}/none") is None
        assert offered(client.sendcmd("FEAT").splitlines()[1:-1]) == KNOWN[0]


@pytest.mark.parametrize(
    ("features", "best"),
    [
        ((" HASH SHA-256;SHA-1*", " XMD5"), KNOWN[0]),
        ((" HASH CRC32;MD5*", " XSHA256 filename;start;end"), KNOWN[1]),
        ((" XCRC", " xmd5"), KNOWN[2]),
        ((" SIZE", "", " UTF8"), None),
    ],
    ids=["hash", "xsha256", "xmd5", "none"],
)
def test_the_best_that_is_offered_is_taken(features: tuple[str, ...], best: Checksum | None) -> None:
    assert offered(features) == best


async def test_a_wrong_checksum_is_a_reason_to_try_again() -> None:
    answers = {
        "PWD": '257 "/"',
        "CWD": "250 here",
        "SIZE": "213 4",
        "FEAT": "211-these\r\n XSHA256\r\n211 end",
        "XSHA256": f"250 {'0' * 64}",
    }
    async with ftp_speaker(**answers) as speaker:
        there = FtpFolder(destinations(f"partner=ftp://a:b@{LOOPBACK}:{speaker.port}/")[0])
        with pytest.raises(Temporary, match="not what was sent"):
            await there.put(FILE, draft())
        assert speaker.files.keys() == {name for name in speaker.files if ".columba-" in name}
        await there.close()
