"""ftplib's connections, with what it lacks: any bytes in replies, TLS sessions used again for files, TLS at once."""

import ftplib
import socket
import ssl
from collections.abc import Callable
from io import TextIOWrapper
from typing import Final

from columba_shared.settings.file_destinations import Destination

TIMEOUT_SECONDS: Final = 60.0
_VISIBLY: Final = "backslashreplace"


class PatientFtp(ftplib.FTP):
    """Reads what is no UTF-8, such as an old server's greeting, and shows such bytes as their numbers."""

    def getline(self) -> str:
        """Read a line of a reply."""
        if isinstance(self.file, TextIOWrapper) and self.file.errors != _VISIBLY:
            self.file.reconfigure(errors=_VISIBLY)
        return super().getline()

    def retrlines(self, cmd: str, callback: Callable[[str], object] | None = None) -> str:
        """Read a listing, as ftplib does."""
        self.sendcmd("TYPE A")
        with self.transfercmd(cmd) as line, line.makefile("r", encoding=self.encoding, errors=_VISIBLY) as text:
            while told := text.readline(self.maxline + 1):
                if len(told) > self.maxline:
                    raise ftplib.error_proto(f"a line of more than {self.maxline:,} bytes")
                if callback is not None:
                    callback(told.rstrip("\r\n"))
            if isinstance(line, ssl.SSLSocket):
                line.unwrap()
        return self.voidresp()


class EncryptedFtp(PatientFtp, ftplib.FTP_TLS):
    """Files travel in the TLS session of the commands: servers that demand it take no other connection for theirs."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open the connection for a file."""
        connection, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        control = self.sock
        if not isinstance(control, ssl.SSLSocket):
            raise ftplib.error_proto("522 the connection for commands is not encrypted")
        try:
            return self.context.wrap_socket(connection, server_hostname=self.host, session=control.session), size
        except BaseException:
            connection.close()
            raise


class ImplicitFtp(EncryptedFtp):
    """Speaks TLS before the server's greeting."""

    def connect(  # noqa: D102 - ftplib's
        self,
        host: str = "",
        port: int = 0,
        timeout: float = TIMEOUT_SECONDS,
        source_address: tuple[str, int] | None = None,
    ) -> str:
        self.host, self.port, self.timeout = host, port, timeout
        plain = socket.create_connection((host, port), timeout, source_address=source_address)
        self.af = plain.family
        try:
            self.sock = self.context.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise
        self.file = self.sock.makefile("r", encoding=self.encoding)
        self.welcome = self.getresp()
        return self.welcome


def connection(destination: Destination) -> ftplib.FTP:
    """Return a connection that is not open yet."""
    if destination.scheme == "ftp":
        made: ftplib.FTP = PatientFtp(timeout=TIMEOUT_SECONDS)
    else:
        kind = ImplicitFtp if destination.implicit else EncryptedFtp
        context = ssl.create_default_context(cafile=destination.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        made = kind(context=context, timeout=TIMEOUT_SECONDS)
    made.set_pasv(destination.passive)
    return made
