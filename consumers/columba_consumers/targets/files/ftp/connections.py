"""ftplib's connections, with what it lacks: to be cut, any bytes in replies, TLS sessions used again, TLS at once.

And quicker where a small file spends its time: replies are read without layers, a server's port is dialled directly.
"""

import ftplib
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Final

from columba_shared.settings.file_destinations import Destination

from columba_consumers.errors import DeliveryError

ERRORS: Final[tuple[type[Exception], ...]] = (*ftplib.all_errors, ValueError)
"""What ftplib raises; the last where a reply is none."""
TIMEOUT_SECONDS: Final = 60.0
_LAST_WORD_SECONDS: Final = 2.0
_BLOCK: Final = 1 << 18
_REPLY: Final = 1 << 13
_VISIBLY: Final = "backslashreplace"


def say_farewell(line: socket.socket) -> None:
    """End the encryption, if there is any. Some servers hang up without: their answer tells whether all came."""
    if isinstance(line, ssl.SSLSocket):
        with suppress(OSError):
            line.unwrap()


class PatientFtp(ftplib.FTP):
    """Reads what is no UTF-8, such as an old server's greeting, and shows such bytes as their numbers.

    It may be cut while a thread waits at one of its connections.
    """

    is_cut = False
    _bytes: socket.socket | None = None
    _ahead = b""
    """What has come behind the last line that was read."""

    def cut(self) -> None:
        """Cut the connection for the commands and that for bytes, and let no more be begun; called by other threads."""
        self.is_cut = True
        for line in (self._bytes, self.sock):
            if line is not None:
                with suppress(OSError):
                    # SSLSocket's own would turn encryption off first, while the thread is still sending.
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    def must_be_whole(self) -> None:
        """Return if nobody has cut it; raises ConnectionAbortedError."""
        if self.is_cut:
            raise ConnectionAbortedError("given up by us")

    @contextmanager
    def carrying(self, cmd: str) -> Iterator[socket.socket]:
        """Give the connection for the bytes that this command sends or asks for, and close it."""
        with self.transfercmd(cmd) as line:
            self._bytes = line
            try:
                self.must_be_whole()
                yield line
                self.must_be_whole()
            finally:
                self._bytes = None

    def write(self, path: str, blocks: Iterable[bytes | memoryview]) -> None:
        """Bring a file; raises what ftplib raises, and whatever the blocks do."""
        try:
            with self.transfercmd(f"STOR {path}") as line:
                # As ``carrying`` does, without what a generator costs for each small file.
                self._bytes = line
                try:
                    for block in blocks:
                        self.must_be_whole()
                        line.sendall(block)
                    say_farewell(line)
                    self.must_be_whole()
                finally:
                    self._bytes = None
        except OSError as error:
            said = self._last_word()
            if said is None:
                raise
            raise said from error
        except DeliveryError:
            self._last_word()
            raise
        self.voidresp()

    def _last_word(self) -> ftplib.Error | None:
        """Return what the server has against bytes that did not all come; None: nothing, in a moment.

        Whoever does not hear it out would take it for the answer to the next command.
        """
        line = self.sock
        if line is None:
            return None
        line.settimeout(_LAST_WORD_SECONDS)
        try:
            self.voidresp()
        except (ftplib.error_temp, ftplib.error_perm) as said:
            return said
        except ERRORS:
            self.cut()
        finally:
            line.settimeout(TIMEOUT_SECONDS)
        return None

    def read(self, path: str) -> Iterator[bytes]:
        """Yield what is in a file."""
        with self.carrying(f"RETR {path}") as line:
            while block := line.recv(_BLOCK):
                yield block
            say_farewell(line)
        self.voidresp()

    def tell(self, *commands: str) -> None:
        """Send commands in one go; the answers come in their order."""
        if self.sock is None:
            raise EOFError
        for command in commands:
            if "\r" in command or "\n" in command:
                raise ValueError("a command has a line break in it")
        self.sock.sendall(("\r\n".join(commands) + "\r\n").encode(self.encoding))

    def sendcmd(self, cmd: str) -> str:
        """Send a command and return its answer."""
        self.tell(cmd)
        return self.getresp()

    def getresp(self) -> str:
        """Return the next answer; raises what ftplib raises for one that is no consent."""
        line = self.getline()
        if line[3:4] == "-":
            code, lines = line[:3], [line]
            while line[:3] != code or line[3:4] == "-":
                line = self.getline()
                lines.append(line)
            line = "\n".join(lines)
        match line[:1]:
            case "1" | "2" | "3":
                return line
            case "4":
                raise ftplib.error_temp(line)
            case "5":
                raise ftplib.error_perm(line)
            case _:
                raise ftplib.error_proto(line)

    def getline(self) -> str:
        """Read a line of a reply."""
        while (end := self._ahead.find(b"\n")) < 0:
            if len(self._ahead) > self.maxline:
                raise ftplib.error_proto(f"a line of more than {self.maxline:,} bytes")
            block = b"" if self.sock is None else self.sock.recv(_REPLY)
            if not block:
                raise EOFError
            self._ahead += block
        line, self._ahead = self._ahead[:end], self._ahead[end + 1 :]
        return line.rstrip(b"\r").decode(self.encoding, _VISIBLY)

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open the connection for a file, which is not encrypted yet."""
        if rest is not None or not self.passiveserver or self.af != socket.AF_INET:
            return ftplib.FTP.ntransfercmd(self, cmd, rest)
        line = socket.socket(socket.AF_INET)
        try:
            line.settimeout(TIMEOUT_SECONDS)
            # The host is an address in numbers: nothing has to be looked up.
            line.connect(self.makepasv())
            self._must_begin(cmd)
        except BaseException:
            line.close()
            raise
        return line, None

    def _must_begin(self, cmd: str) -> None:
        reply = self.sendcmd(cmd)
        if reply.startswith("2"):  # some announce it twice
            reply = self.getresp()
        if not reply.startswith("1"):
            raise ftplib.error_reply(reply)

    def retrlines(self, cmd: str, callback: Callable[[str], object] | None = None) -> str:
        """Read a listing, as ftplib does."""
        self.sendcmd("TYPE A")
        with self.carrying(cmd) as line, line.makefile("r", encoding=self.encoding, errors=_VISIBLY) as text:
            while told := text.readline(self.maxline + 1):
                if len(told) > self.maxline:
                    raise ftplib.error_proto(f"a line of more than {self.maxline:,} bytes")
                if callback is not None:
                    callback(told.rstrip("\r\n"))
            say_farewell(line)
        return self.voidresp()


class EncryptedFtp(PatientFtp, ftplib.FTP_TLS):
    """Files travel in the TLS session of the commands: servers that demand it take no other connection for theirs."""

    def auth(self) -> str:
        """Turn to TLS, unless more came with the server's consent: whoever sent it would answer what is asked later."""
        consent = self.voidcmd("AUTH TLS")
        if self._ahead or self.sock is None:
            raise ftplib.error_proto("522 something came in plain text behind the answer to AUTH")
        self.sock = self.context.wrap_socket(self.sock, server_hostname=self.host)
        return consent

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[socket.socket, int | None]:
        """Open the connection for a file."""
        connection, size = PatientFtp.ntransfercmd(self, cmd, rest)
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


def connection(destination: Destination) -> PatientFtp:
    """Return a connection that is not open yet."""
    if destination.scheme == "ftp":
        made = PatientFtp(timeout=TIMEOUT_SECONDS)
    else:
        kind = ImplicitFtp if destination.implicit else EncryptedFtp
        context = ssl.create_default_context(cafile=destination.ca)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        made = kind(context=context, timeout=TIMEOUT_SECONDS)
    made.set_pasv(destination.passive)
    return made
