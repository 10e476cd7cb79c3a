"""Nothing in a mail can end it early, and nothing in an address can become a command."""

import pytest
from columba_consumers.targets.email.smtp.envelope import Envelope, dotted
from columba_consumers.targets.email.unsafe import UnsafeBody, UnsafeHeader


@pytest.mark.parametrize(
    ("data", "sent"),
    [
        (b"A: b\r\n\r\nhi\r\n", b"A: b\r\n\r\nhi\r\n.\r\n"),
        (b"hi", b"hi\r\n.\r\n"),
        (b"", b".\r\n"),
        (b".\r\n", b"..\r\n.\r\n"),
        (b"a\r\n.\r\n.b\r\n..\r\n", b"a\r\n..\r\n..b\r\n...\r\n.\r\n"),
    ],
)
def test_dots_are_doubled_and_one_ends_the_mail(data: bytes, sent: bytes) -> None:
    assert dotted(data) == sent


@pytest.mark.parametrize(
    "data", [b"a\n.\nb\r\n", b"a\r.\rb\r\n", b"a\r\n.\nb\r\n", b"a\n\r\n", b"a\r\r\n", b"a\0b\r\n"]
)
def test_a_bare_line_end_is_refused(data: bytes) -> None:
    with pytest.raises(UnsafeBody):
        dotted(data)


@pytest.mark.parametrize("address", ["a@b\r\nRSET", "a@b>", "<a@b", "a b@c", "a@b\x00", "a@b\x85"])
def test_an_address_that_could_become_a_command_is_refused(address: str) -> None:
    with pytest.raises(UnsafeHeader):
        Envelope(sender="a@b", recipients=("c@d", address), delivery="1")
    with pytest.raises(UnsafeHeader):
        Envelope(sender=address, recipients=("c@d",), delivery="1")
