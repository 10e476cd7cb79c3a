"""The SMTP server for tests, as a process: orders, records, and the account of what a kill leaves open."""

import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from tests.services.deadlines import wait_until
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults
from tests.services.smtp_record import accepted, open_when_lost, went_on

_PROJECT = Path(__file__).parents[3]
_SOON = timedelta(seconds=10)

# A client that has ten transactions under way, tells so, and keeps its slots until it is killed.
_CLIENT = """
import asyncio, ssl, sys
from columba_consumers.targets.email.smtp.envelope import Envelope
from columba_consumers.targets.email.smtp.hello import Hello
from columba_consumers.targets.email.smtp.relay import SmtpRelay
from columba_consumers.targets.email.smtp.server import Server
from columba_consumers.targets.email.smtp.timeouts import Timeouts

async def hold(relay, number):
    async with relay.slot() as slot:
        envelope = Envelope(sender="a@example.com", recipients=("bob@example.org",), delivery="d")
        await slot.send(envelope, b"Message-ID: <%d@x>\\r\\n\\r\\nhi\\r\\n" % number)
        print("sent", flush=True)
        await asyncio.sleep(60)

async def main():
    server = Server.from_url(sys.argv[1])
    hello = Hello(server=server, name="client", timeouts=Timeouts())
    relay = SmtpRelay(hello, connections=10)
    await asyncio.gather(*(hold(relay, number) for number in range(30)))

asyncio.run(main())
"""


# The standard library's client, so that the server is not judged by ours alone.
_STRANGER = """
import smtplib, sys
with smtplib.SMTP("127.0.0.1", int(sys.argv[1])) as server:
    server.sendmail("a@example.com", ["b@example.org"], "Subject: hi\\n\\nhi\\n")
"""


def test_a_killed_client_leaves_as_many_transactions_open_as_it_had_slots(tmp_path: Path) -> None:
    with smtp_process(tmp_path / "record") as server:
        command = [sys.executable, "-c", _CLIENT, server.url]
        with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=_PROJECT) as client:  # noqa: S603 - ourselves
            assert client.stdout is not None
            for _ in range(10):
                assert client.stdout.readline() == b"sent\n"
            client.send_signal(signal.SIGKILL)
        wait_until(lambda: server.count().connections == 0, within=_SOON)
        entries = server.entries()
        assert len(accepted(entries)) == 10
        assert open_when_lost(entries) == 10
        assert went_on(entries) == set()


def test_a_server_that_goes_down_comes_back_on_its_port_with_its_record(tmp_path: Path) -> None:
    with smtp_process(tmp_path / "record", bodies=True) as server:
        assert _send(server) == 0
        server.go_down()
        assert _send(server) != 0
        server.come_up()
        assert _send(server) == 0
        assert [mail.body for mail in accepted(server.entries())] == [b"Subject: hi\r\n\r\nhi\r\n"] * 2


def test_faults_can_be_set_and_lifted_while_it_runs(tmp_path: Path) -> None:
    with smtp_process(tmp_path / "record") as server:
        server.set_faults(Faults(greylist=1))
        assert _send(server) != 0
        assert _send(server) == 0
        server.set_faults(Faults())
        assert _send(server) == 0
        assert server.count().accepted == 2


def _send(server: SmtpProcess) -> int:
    """Send a mail with the standard library's client; return its exit status."""
    command = [sys.executable, "-c", _STRANGER, str(server.port)]
    return subprocess.run(command, stderr=subprocess.DEVNULL, check=False).returncode  # noqa: S603 - ourselves
