"""Replies are read whole, whatever pieces they come in, and bounded."""

import pytest
from columba_consumers.targets.email.smtp.reply import MAX_REPLY_OCTETS, NotSmtp, Reply, ReplyReader

_STREAM = b"250-mail.example.com\r\n250-SIZE 10\r\n250 PIPELINING\r\n354 go\r\n421\r\n550-a\n550 b\n"
_REPLIES = [
    Reply(250, (b"mail.example.com", b"SIZE 10", b"PIPELINING")),
    Reply(354, (b"go",)),
    Reply(421, (b"",)),
    Reply(550, (b"a", b"b")),
]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 11, 1000])
def test_the_pieces_in_which_replies_come_do_not_matter(size: int) -> None:
    reader = ReplyReader()
    replies = []
    for start in range(0, len(_STREAM), size):
        replies += reader.feed(_STREAM[start : start + size])
    assert replies == _REPLIES
    assert reader.is_between_replies


def test_half_a_reply_is_not_one() -> None:
    reader = ReplyReader()
    assert reader.feed(b"250-first\r\n250 sec") == []
    assert not reader.is_between_replies


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 400 Bad Request\r\n",
        b"\r\n",
        b"25 short\r\n",
        b"150 no such class\r\n",
        b"999 no such class\r\n",
        b"2500 long\r\n",
        b"250-one\r\n251 other\r\n",
        b"250 " + b"x" * MAX_REPLY_OCTETS + b"\r\n",
        b"x" * (MAX_REPLY_OCTETS + 1),
        b"250-more\r\n" * (MAX_REPLY_OCTETS // 4),
    ],
)
def test_what_is_no_reply_is_refused(data: bytes) -> None:
    with pytest.raises(NotSmtp):
        ReplyReader().feed(data)


def test_a_reply_without_an_end_is_refused_piece_by_piece() -> None:
    reader = ReplyReader()
    half = b"250-and more\r\n" * (MAX_REPLY_OCTETS // len("and more\r") // 2 + 1)
    assert reader.feed(half) == []
    with pytest.raises(NotSmtp):
        reader.feed(half)


def test_a_replys_text_is_fit_to_be_shown() -> None:
    assert str(Reply(550, (b"no \x1b[31m such", b"\xff\x00user"))) == "550 no  [31m such � user"


@pytest.mark.parametrize(
    ("text", "queue_id"),
    [
        (b"2.0.0 Ok: queued as 4bQ7xk0Vz1", "4bQ7xk0Vz1"),
        (b"OK id=1rX2yz-000abc-2d", "1rX2yz-000abc-2d"),
        (b"Ok 0102018c5f8f2c2a-7f9a-000000", "0102018c5f8f2c2a-7f9a-000000"),
        (b"2.6.0 <a@b> [InternalId=42] Queued mail for delivery", None),
        (b"thank you", None),
    ],
)
def test_the_servers_own_id_is_found_where_its_place_is_known(text: bytes, queue_id: str | None) -> None:
    assert Reply(250, (text,)).queue_id == queue_id
