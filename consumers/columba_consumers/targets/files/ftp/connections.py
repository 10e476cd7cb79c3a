"""ftplib's connections, with what it lacks: TLS sessions used again for the files, and TLS from the first byte on."""

import ftplib
import socket
import ssl
from typing import Final

from columba_shared.settings.file_destinations import Destination

TIMEOUT_SECONDS: Final = 60.0


class EncryptedFtp(ftplib.FTP_TLS):
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
        made: ftplib.FTP = ftplib.FTP(timeout=TIMEOUT_SECONDS)
    else:
        kind = ImplicitFtp if destination.implicit else EncryptedFtp
        context = ssl.create_default_context(cafile=destination.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        made = kind(context=context, timeout=TIMEOUT_SECONDS)
    made.set_pasv(destination.passive)
    return made
