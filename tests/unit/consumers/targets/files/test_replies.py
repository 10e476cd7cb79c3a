"""FTP's replies are read from the socket itself: in whatever pieces they come, and no more than a server may say."""

import ftplib
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing

import pytest
from columba_consumers.targets.files.ftp.connections import EncryptedFtp, PatientFtp

GREETED = b"220-welcome\r\n 220 is not the end\r\n220-nor this\r\n220 now it is\r\n"
TOLD = ["220-welcome\n 220 is not the end\n220-nor this\n220 now it is", "213 4", "250 caf\\xe9"]


@pytest.fixture
def server() -> Iterator[socket.socket]:
    with closing(socket.socket()) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening


def connected(ftp: PatientFtp, server: socket.socket) -> socket.socket:
    """Return the server's end of the connection for the commands."""
    ftp.sock = socket.create_connection(server.getsockname(), timeout=10)
    return server.accept()[0]


@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_replies_are_the_same_in_whatever_pieces_they_come(server: socket.socket, piece: int) -> None:
    whole = GREETED + b"213 4\n250 caf\xe9\r\n"
    with closing(PatientFtp(timeout=10)) as ftp, closing(connected(ftp, server)) as there:
        there.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for start in range(0, len(whole), piece):
            there.sendall(whole[start : start + piece])
        assert [ftp.getresp() for _ in range(3)] == TOLD
        there.close()
        with pytest.raises(EOFError):
            ftp.getresp()


def test_a_line_without_an_end_is_not_waited_for_for_ever(server: socket.socket) -> None:
    with closing(PatientFtp(timeout=10)) as ftp, closing(connected(ftp, server)) as there:
        there.sendall(b"2" * (ftp.maxline + 1))
        with pytest.raises(ftplib.error_proto, match="more than 8,192 bytes"):
            ftp.getresp()


def test_a_command_with_a_line_break_is_not_sent(server: socket.socket) -> None:
    with closing(PatientFtp(timeout=10)) as ftp, closing(connected(ftp, server)) as there:
        for command in ("SIZE a\r\nDELE b", "SIZE a\nDELE b"):
            with pytest.raises(ValueError, match="line break"):
                ftp.tell("NOOP", command)
        ftp.tell("NOOP", "PWD")
        assert there.recv(100) == b"NOOP\r\nPWD\r\n"


def test_what_comes_in_plain_text_before_tls_answers_nothing(server: socket.socket) -> None:
    with closing(EncryptedFtp(context=ssl.create_default_context())) as ftp, closing(connected(ftp, server)) as there:
        there.sendall(b"234 go on\r\n230 you are logged in already\r\n")
        with pytest.raises(ftplib.error_proto, match="plain text behind the answer to AUTH"):
            ftp.auth()
