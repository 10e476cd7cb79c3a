"""The URL says how the connection is protected, and mail never travels in the open by accident."""

import pytest
from columba_consumers.targets.email.smtp.server import Server, Tls


@pytest.mark.parametrize(
    ("url", "host", "port", "tls"),
    [
        ("smtps://mail.example.com", "mail.example.com", 465, Tls.IMPLICIT),
        ("smtp+starttls://mail.example.com", "mail.example.com", 587, Tls.STARTTLS),
        ("smtp://mail.example.com", "mail.example.com", 587, Tls.STARTTLS),
        ("smtp://mail.example.com:25", "mail.example.com", 25, Tls.STARTTLS),
        ("smtp://mail.example.com?tls=starttls", "mail.example.com", 587, Tls.STARTTLS),
        ("smtp://mail.example.com?tls=none", "mail.example.com", 25, Tls.NONE),
        ("smtp://localhost:1025", "localhost", 1025, Tls.NONE),
        ("smtp://127.0.0.1:1025/", "127.0.0.1", 1025, Tls.NONE),
        ("smtp://[::1]:1025", "::1", 1025, Tls.NONE),
        ("smtp://localhost?tls=starttls", "localhost", 587, Tls.STARTTLS),
    ],
)
def test_the_scheme_decides_on_protection_and_port(url: str, host: str, port: int, tls: Tls) -> None:
    server = Server.from_url(url)
    assert (server.host, server.port, server.tls) == (host, port, tls)


def test_user_and_password_are_decoded() -> None:
    server = Server.from_url("smtps://bob%40example.com:p%2Fs%3As@mail.example.com")
    assert (server.user, server.password) == ("bob@example.com", "p/s:s")


def test_a_password_crosses_the_loopback_in_the_open() -> None:
    assert Server.from_url("smtp://bob:secret@127.0.0.1:25").tls is Tls.NONE


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com",
        "mail.example.com",
        "smtp://",
        "smtps://:secret@mail.example.com",
        "smtps://bob@mail.example.com",
        "smtp://bob:secret@mail.example.com?tls=none",
        "smtp://mail.example.com:99999",
        "smtp://mail.example.com:port",
        "smtp://bob:se/cret@mail.example.com",
        "smtp://bob:se#cret@mail.example.com",
        "smtp://mail.example.com?tls=maybe",
        "smtp://mail.example.com?tsl=none",
        "smtp://mail.example.com?tls=implicit",
        "smtps://mail.example.com?tls=none",
        "smtp+starttls://mail.example.com?tls=none",
        "smtps://bob:secret%00@mail.example.com",
        "smtp://mail.example.com/folder",
    ],
)
def test_a_url_that_cannot_be_meant_is_refused_without_being_repeated(url: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        Server.from_url(url)
    assert "cret" not in str(caught.value)


def test_nothing_that_shows_a_server_shows_its_password() -> None:
    server = Server.from_url("smtps://bob:secret@mail.example.com")
    assert "secret" not in f"{server!r} {server!s} {server}"
