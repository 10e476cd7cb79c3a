"""A private OpenSSH server that speaks SFTP alone: own port, own host key, and one user's key that may come in."""

import os
import pwd
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.services.ports import LOOPBACK, free_ports
from tests.services.process import Process
from tests.services.programs import OPENSSH
from tests.services.readiness import await_ready
from tests.services.shepherd import shepherded
from tests.services.talking import says

_CONFIG: Final = """\
ListenAddress {address}:{port}
HostKey {folder}/host_key
AuthorizedKeysFile {folder}/authorized_keys
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
MaxStartups 100
Subsystem sftp internal-sftp -d {files}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sshd:
    """The server; ``files`` is where a login leads, ``key`` what opens it, ``known_hosts`` how it is recognised."""

    root: Path
    port: int
    process: Process

    @classmethod
    def create(cls, root: Path) -> "Sshd":
        """Return one that is not started."""
        return cls(root=root, port=next(free_ports()), process=Process(root=root, name="sshd", user=OPENSSH.user))

    @property
    def files(self) -> Path:
        """The folder that users log in to."""
        return self.process.folder / "files"

    @property
    def user(self) -> str:
        """Who may come in: the only one that a server without a right to anything can be."""
        return OPENSSH.user if os.geteuid() == 0 else pwd.getpwuid(os.getuid()).pw_name

    @property
    def key(self) -> Path:
        """The user's key."""
        return self.process.folder / "user_key"

    @property
    def known_hosts(self) -> Path:
        """The server's own key, as clients keep it."""
        return self.process.folder / "known_hosts"

    def start(self) -> None:
        """Start it, and return once it greets."""
        self.process.prepare()
        folder = self.process.folder
        folder.chmod(0o711)
        self.files.mkdir(mode=0o755, exist_ok=True)
        self.process.own(self.files)
        for name in ("host_key", "user_key"):
            if not (folder / name).exists():
                self.process.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", str(folder / name)])
        (folder / "authorized_keys").write_bytes((folder / "user_key.pub").read_bytes())
        kind, key, _ = (folder / "host_key.pub").read_text().split()
        self.known_hosts.write_text(f"[{LOOPBACK}]:{self.port} {kind} {key}\n")
        config = _CONFIG.format(address=LOOPBACK, port=self.port, folder=folder, files=self.files)
        (folder / "config").write_text(config)
        self.process.start(shepherded([OPENSSH.program("sshd"), "-D", "-e", "-f", str(folder / "config")]))
        await_ready(self.process, lambda: says(self.port, b"SSH-2.0"), within=timedelta(seconds=20))

    def stop(self) -> None:
        """End it where it stands."""
        self.process.stop(signal.SIGKILL)
