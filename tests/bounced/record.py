"""Have Debian's Postfix and Exim write real reports, into `recorded/`.

    mkdir postfix exim
    apt-get download postfix libicu72 exim4-daemon-light libnss-wrapper
    for package in postfix_*.deb libicu72_*.deb; do dpkg -x $package postfix; done
    for package in exim4-daemon-light_*.deb libnss-wrapper_*.deb; do dpkg -x $package exim; done
    python -m tests.bounced.record .        # as root, from the project's folder

Nothing is installed, and nothing listens but on this host. Each is given mails whose recipients the test server for
SMTP refuses, and what it then reports to their sender is taken down as it is.
"""

import os
import shutil
import signal
import smtplib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from tests.services.ports import LOOPBACK, free_ports
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Mail

RECORDED: Final = Path(__file__).with_name("recorded")
SENDER: Final = "bounces+tag@example.com"
ID: Final = "0123456789abcdef0123456789abcdef"
CASES: Final = {
    "gone": "550 5.1.1 <gone@example.org>: Recipient address rejected: User unknown",
    "bare": "550 no such user here",
    "full": "552 5.2.2 mailbox full",
    "spam": "554 5.7.1 message looks like spam",
    "moved": "551 5.1.6 moved to an address that nobody knows",
}
_PATIENCE_SECONDS: Final = 60.0
_POSTFIX_SERVICES: Final = """\
{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
_POSTFIX_SETTINGS: Final = """\
compatibility_level = 3.6
queue_directory = {folder}/queue
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
data_directory = {folder}/data
maillog_file = {folder}/mail.log
maillog_file_prefixes = {folder}
mail_owner = mail
setgid_group = staff
myhostname = mx.example.net
mydestination =
inet_interfaces = {host}
mynetworks = {host}/32
relayhost = [{host}]:{sink}
alias_maps =
local_recipient_maps =
import_environment = LD_LIBRARY_PATH MAIL_CONFIG
"""
_EXIM: Final = """\
exim_user = mail
exim_group = mail
exim_path = {program}
spool_directory = {folder}/spool
log_file_path = {folder}/log-%s
pid_file_path = {folder}/pid
primary_hostname = mx.example.net
local_interfaces = <; [{host}]:{port}
deliver_drop_privilege
keep_environment = LD_PRELOAD : NSS_WRAPPER_PASSWD : NSS_WRAPPER_GROUP
tls_advertise_hosts =
acl_smtp_rcpt = accept
qualify_domain = example.net
begin acl
accept:
  accept
begin routers
out:
  driver = manualroute
  domains = *
  transport = out
  route_list = * {host}
  self = send
begin transports
out:
  driver = smtp
  port = {sink}
  hosts_try_dane =
  tls_verify_hosts =
  allow_localhost
begin retry
* * F,1h,1m
"""


def main(packages: Path) -> None:
    """Record what each system writes; ``packages`` holds both, each unpacked into a folder of its name."""
    for name, started in {"postfix": _postfix, "exim": _exim}.items():
        with tempfile.TemporaryDirectory(prefix="columba-") as made, ExitStack() as stack:
            folder = Path(made)
            folder.chmod(0o755)
            sink = stack.enter_context(smtp_process(folder / "mails.jsonl", bodies=True))
            rules = (Rule(phase="rcpt", reply=reply, recipient=rf"^{case}@") for case, reply in CASES.items())
            sink.set_faults(Faults(rules=tuple(rules)))
            port = stack.enter_context(started(packages / name, folder, sink.port))
            _await_listener(port)
            for case in CASES:
                _send(port, f"{case}@example.org")
            for case, octets in _reports(sink).items():
                (RECORDED / f"{name}-{case}.eml").write_bytes(octets)


@contextmanager
def _postfix(root: Path, folder: Path, sink: int) -> Iterator[int]:
    port = next(free_ports())
    for name in ("conf", "queue", "data"):
        (folder / name).mkdir()
    settings = _POSTFIX_SETTINGS.format(root=root, folder=folder, host=LOOPBACK, sink=sink)
    (folder / "conf/main.cf").write_text(settings)
    (folder / "conf/master.cf").write_text(_POSTFIX_SERVICES.format(port=f"{LOOPBACK}:{port}"))
    libraries = [root / "usr/lib/postfix", *{each.parent for each in root.rglob("libicuuc.so*")}]
    environ = os.environ | {
        "LD_LIBRARY_PATH": ":".join(map(str, libraries)),
        "MAIL_CONFIG": str(folder / "conf"),
    }
    queue = folder / "queue"
    for name in (
        "active",
        "bounce",
        "corrupt",
        "defer",
        "deferred",
        "flush",
        "hold",
        "incoming",
        "private",
        "saved",
        "trace",
    ):
        (queue / name).mkdir(mode=0o700)
    for name in ("maildrop", "public", "pid"):
        (queue / name).mkdir(mode=0o755)
    for each in (*queue.iterdir(), folder / "data"):
        shutil.chown(each, "mail")
    shutil.chown(queue / "pid", "root")
    master = root / "usr/lib/postfix/sbin/master"
    with _running([str(master), "-c", str(folder / "conf"), "-d"], environ):
        yield port


@contextmanager
def _exim(root: Path, folder: Path, sink: int) -> Iterator[int]:
    port = next(free_ports())
    spool = folder / "spool"
    spool.mkdir()
    for each in (folder, spool):
        shutil.chown(each, "mail", "mail")
    conf = folder / "exim.conf"
    program = root / "usr/sbin/exim4"
    program.chmod(0o755)  # set-uid programs take no library from whoever starts them
    conf.write_text(_EXIM.format(program=program, folder=folder, host=LOOPBACK, port=port, sink=sink))
    users = "root:x:0:0::/root:/bin/sh\nmail:x:8:8::/var/mail:/bin/sh\nDebian-exim:x:8:8::/var/mail:/bin/sh\n"
    (folder / "passwd").write_text(users)
    (folder / "group").write_text("root:x:0:\nmail:x:8:\nDebian-exim:x:8:\n")
    wrapper = next(root.rglob("libnss_wrapper.so*"))  # exim looks for the user that its package would have made
    environ = {
        "LD_PRELOAD": str(wrapper),
        "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
        "NSS_WRAPPER_GROUP": str(folder / "group"),
    }
    with _running([str(program), "-C", str(conf), "-bdf", "-q1m"], os.environ | environ):
        yield port


@contextmanager
def _running(command: list[str], environ: dict[str, str]) -> Iterator[None]:
    with subprocess.Popen(command, env=environ, start_new_session=True) as process:  # noqa: S603 - what we have unpacked
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def _await_listener(port: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        try:
            smtplib.SMTP(LOOPBACK, port).quit()
        except (OSError, smtplib.SMTPException):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _send(port: int, to: str) -> None:
    content = (
        f"From: news@example.com\r\nTo: {to}\r\nSubject: Invoice 42\r\nMessage-ID: <{ID}@example.com>\r\n\r\nYours.\r\n"
    )
    with smtplib.SMTP(LOOPBACK, port) as connection:
        connection.sendmail(SENDER, [to], content)


def _reports(sink: SmtpProcess) -> dict[str, bytes]:
    """Wait until every case has come back; return the reports by case."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while True:
        mails = [each for each in sink.entries() if isinstance(each, Mail) and each.accepted and SENDER in each.rcpt_to]
        found = {
            case: each.body for each in mails for case in CASES if f"{case}@example.org".encode() in (each.body or b"")
        }
        if len(found) == len(CASES) or time.monotonic() > deadline:
            return {case: body or b"" for case, body in found.items()}
        time.sleep(0.2)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
