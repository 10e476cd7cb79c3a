"""Servers that take files, in one private folder: vsftpd, ProFTPD and OpenSSH, each started when it is wanted."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tests.services import proftpd, vsftpd
from tests.services.certificates import Authority
from tests.services.folder import private_folder
from tests.services.guard import guarded
from tests.services.ports import LOOPBACK
from tests.services.process import Process
from tests.services.processes import sweep
from tests.services.proftpd import Proftpd
from tests.services.sshd import Sshd
from tests.services.vsftpd import Vsftpd

FTP_SERVERS: Final = ("vsftpd", "proftpd")
TLS_SERVERS: Final = ("vsftpd-tls", "vsftpd-implicit", "proftpd-tls")
SLOW: Final = 16_000_000
"""Bytes that `vsftpd-slow` takes in a second from each client: an upload there can be interrupted."""
ALL_SERVERS: Final = (*FTP_SERVERS, *TLS_SERVERS, "sshd")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileServers:
    """Those that were asked for, by name."""

    root: Path
    authority: Authority
    _certificate: Path
    _started: dict[str, Vsftpd | Proftpd | Sshd] = field(default_factory=dict)

    def start(self, name: str) -> Vsftpd | Proftpd | Sshd:
        """Return a server that runs; raises ServicesError."""
        if name not in self._started:
            server = self._made(name)
            server.start()
            self._started[name] = server
        return self._started[name]

    def files(self, name: str) -> Path:
        """Return the folder to which logins lead."""
        return self.start(name).files

    def process(self, name: str) -> Process:
        """Return a server's process."""
        return self.start(name).process

    def url(self, name: str, folder: str = "", **options: str) -> str:
        """Return the URL of a folder on a server."""
        server = self.start(name)
        match server:
            case Sshd():
                login = server.user
                options = {"key": str(server.key), "known_hosts": str(server.known_hosts)} | options
            case Vsftpd():
                login = f"{vsftpd.USER}:{quote(vsftpd.PASSWORD, safe='')}"
            case Proftpd():
                login = f"{proftpd.USER}:{quote(proftpd.PASSWORD, safe='')}"
        if name in TLS_SERVERS:
            options = {"ca": str(self.authority.path)} | options
        if name == "vsftpd-implicit":
            options = {"implicit": "yes"} | options
        scheme = "sftp" if name == "sshd" else "ftps" if name in TLS_SERVERS else "ftp"
        query = "&".join(f"{option}={value}" for option, value in options.items())
        return f"{scheme}://{login}@{LOOPBACK}:{server.port}/{folder}{'?' if query else ''}{query}"

    def close(self) -> None:
        """End them all and remove the folder."""
        sweep(self.root)
        for server in self._started.values():
            server.process.reap()

    def _made(self, name: str) -> Vsftpd | Proftpd | Sshd:
        certificate = self._certificate if name in TLS_SERVERS else None
        match name.partition("-")[0]:
            case "vsftpd":
                rate = SLOW if name == "vsftpd-slow" else 0
                implicit = name == "vsftpd-implicit"
                return Vsftpd.create(self.root, name, certificate=certificate, implicit=implicit, rate=rate)
            case "proftpd":
                # One of the two lets nobody write over a file, as ProFTPD does unless it is told otherwise.
                return Proftpd.create(self.root, name, certificate=certificate, overwrites=certificate is not None)
            case _:
                return Sshd.create(self.root)


@contextmanager
def file_servers() -> Iterator[FileServers]:
    """Give servers that end with the block, or with this process."""
    root = private_folder()
    authority = Authority.create(root)
    authority.server()
    certificate = next(root.glob(f"{LOOPBACK}-*.pem"))
    with guarded(FileServers(root=root, authority=authority, _certificate=certificate)) as servers:
        yield servers
