"""The connections of one login, which may be cut while a thread waits at them."""

import ftplib
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Lines:
    """That for the commands, and that for a file's bytes while there is one."""

    def __init__(self, ftp: ftplib.FTP) -> None:
        self._ftp = ftp
        self._bytes: socket.socket | None = None
        self.is_cut = False

    def cut(self) -> None:
        """Cut both, and let no more be begun; called by other threads."""
        self.is_cut = True
        for line in (self._bytes, self._ftp.sock):
            if line is not None:
                with suppress(OSError):
                    # SSLSocket's own would turn encryption off first, while the thread is still sending.
                    socket.socket.shutdown(line, socket.SHUT_RDWR)

    @contextmanager
    def carrying(self, line: socket.socket) -> Iterator[None]:
        """Have this one cut as well during the block; raises ConnectionAbortedError if that was wanted before."""
        self._bytes = line
        try:
            self.check()
            yield
        finally:
            self._bytes = None

    def check(self) -> None:
        """Return if nobody has cut them; raises ConnectionAbortedError."""
        if self.is_cut:
            raise ConnectionAbortedError("given up by us")
