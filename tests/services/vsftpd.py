"""A private vsftpd: one user, own port, own folder; encrypted or not, and as strict about TLS sessions as it ships."""

import os
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from tests.services.ports import LOOPBACK, free_ports
from tests.services.process import Process
from tests.services.programs import VSFTPD
from tests.services.readiness import await_ready
from tests.services.talking import says

USER: Final = "ftp"
PASSWORD: Final = "dove; or@pigeon"  # noqa: S105 - of a server that lives for one test run

# It runs as whoever starts it, and knows no users of the system: the one it has must say one of its own passwords.
_CONFIG: Final = """\
listen=YES
listen_address={address}
listen_port={port}
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
local_enable=NO
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={folder}/passwords
anon_root={files}
anon_umask=022
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
anon_world_readable_only=NO
xferlog_enable=NO
anon_max_rate={rate}
"""
_TLS: Final = """\
ssl_enable=YES
allow_anon_ssl=YES
force_anon_logins_ssl=YES
force_anon_data_ssl=YES
require_ssl_reuse=YES
ssl_ciphers=HIGH
rsa_cert_file={certificate}
rsa_private_key_file={certificate}
implicit_ssl={implicit}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vsftpd:
    """The server; ``files`` is what it shows."""

    root: Path
    port: int
    process: Process
    certificate: Path | None
    implicit: bool
    rate: int
    """Bytes that it takes in a second from each client; 0: all that come."""

    @classmethod
    def create(
        cls, root: Path, name: str = "vsftpd", *, certificate: Path | None = None, implicit: bool = False, rate: int = 0
    ) -> "Vsftpd":
        """Return one that is not started; ``certificate`` holds its key, too, and makes it encrypt."""
        process = Process(root=root, name=name, user=VSFTPD.user)
        return cls(
            root=root,
            port=next(free_ports()),
            process=process,
            certificate=certificate,
            implicit=implicit,
            rate=rate,
        )

    @property
    def files(self) -> Path:
        """The folder that users log in to."""
        return self.process.folder / "files"

    def start(self) -> None:
        """Start it, and return once it greets."""
        self.process.prepare()
        folder = self.process.folder
        # Whoever runs the tests reads what was brought.
        folder.chmod(0o711)
        self.files.mkdir(mode=0o755, exist_ok=True)
        config = _CONFIG.format(address=LOOPBACK, port=self.port, folder=folder, files=self.files, rate=self.rate)
        if self.certificate is not None:
            own = folder / "certificate.pem"
            own.write_bytes(self.certificate.read_bytes())
            config += _TLS.format(certificate=own, implicit="YES" if self.implicit else "NO")
            self.process.own(own)
        (folder / "config").write_text(config)
        (folder / "passwords").write_text(f"{PASSWORD}\n")
        for path in (self.files, folder / "config", folder / "passwords"):
            self.process.own(path)
        # It refuses a configuration that belongs to somebody else than who starts it.
        self.process.start([VSFTPD.program("vsftpd"), os.fspath(folder / "config")])
        await_ready(
            self.process, lambda: says(self.port, b"" if self.implicit else b"220"), within=timedelta(seconds=20)
        )
