"""A private ProFTPD: one user, own port, own folder; it makes checksums, and encrypts if it is to."""

import os
import pwd
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.services.ports import LOOPBACK, free_ports
from tests.services.process import Process
from tests.services.programs import PROFTPD
from tests.services.readiness import await_ready
from tests.services.shepherd import shepherded
from tests.services.talking import says

USER: Final = "partner"
PASSWORD: Final = "secret"  # noqa: S105 - of a server that lives for one test run

_CONFIG: Final = """\
ModulePath /usr/lib/proftpd
LoadModule mod_digest.c
{tls_module}
ServerType standalone
ServerName test
DefaultAddress {address}
SocketBindTight on
Port {port}
User {user}
Group {group}
ControlsEngine off
UseReverseDNS off
WtmpLog off
RequireValidShell off
AuthOrder mod_auth_file.c
AuthUserFile {folder}/users
PidFile {folder}/proftpd.pid
ScoreboardFile {folder}/scoreboard
DelayEngine off
UseIPv6 off
TransferLog none
DigestEngine on
Umask 022
AllowOverwrite {overwrite}
{tls}
"""
_TLS: Final = """\
TLSEngine on
TLSRequired on
TLSECCertificateFile {certificate}
TLSECCertificateKeyFile {certificate}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proftpd:
    """The server; ``files`` is what it shows."""

    root: Path
    port: int
    process: Process
    certificate: Path | None
    overwrites: bool

    @classmethod
    def create(
        cls, root: Path, name: str = "proftpd", *, certificate: Path | None = None, overwrites: bool = True
    ) -> "Proftpd":
        """Return one that is not started; ``certificate`` holds its key, too, and makes it encrypt."""
        process = Process(root=root, name=name, user=PROFTPD.user)
        return cls(root=root, port=next(free_ports()), process=process, certificate=certificate, overwrites=overwrites)

    @property
    def files(self) -> Path:
        """The folder that users log in to."""
        return self.process.folder / "files"

    def start(self) -> None:
        """Start it, and return once it greets."""
        self.process.prepare()
        folder = self.process.folder
        folder.chmod(0o711)
        self.files.mkdir(mode=0o755, exist_ok=True)
        certificate, tls = folder / "certificate.pem", ""
        if self.certificate is not None:
            certificate.write_bytes(self.certificate.read_bytes())
            certificate.chmod(0o600)
            self.process.own(certificate)
            tls = _TLS.format(certificate=certificate)
        who = pwd.getpwnam(PROFTPD.user) if os.geteuid() == 0 else pwd.getpwuid(os.getuid())
        config = _CONFIG.format(
            address=LOOPBACK,
            port=self.port,
            folder=folder,
            user=who.pw_name,
            group="nogroup" if os.geteuid() == 0 else who.pw_gid,
            overwrite="on" if self.overwrites else "off",
            tls_module="LoadModule mod_tls.c" if tls else "",
            tls=tls,
        )
        (folder / "config").write_text(config)
        users = f"{USER}:{self._crypted()}:{who.pw_uid}:{who.pw_gid}::{self.files}:/bin/false\n"
        (folder / "users").write_text(users)
        (folder / "users").chmod(0o600)
        for path in (self.files, folder / "config", folder / "users"):
            self.process.own(path)
        self.process.start(
            shepherded([PROFTPD.program("proftpd"), "--nodaemon", "--config", os.fspath(folder / "config")])
        )
        await_ready(self.process, lambda: says(self.port, b"220"), within=timedelta(seconds=20))

    def _crypted(self) -> str:
        return self.process.run(["openssl", "passwd", "-5", "-salt", "columba", PASSWORD]).strip()
