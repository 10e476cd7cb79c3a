"""Whatever comes, reading it ends soon, and never in an error."""

import time

import pytest
from columba_consumers.bounces import read
from columba_consumers.bounces.part import CHARSET
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.bounced import others
from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE

REPORTS = [
    *(write(Original()) for write in NOBODY_THERE.values()),
    others.complaint(Original()),
    others.passed_on(Original()),
]
LONGEST_SECONDS = 2.0


def nested(depth: int) -> bytes:
    opened = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth))
    return opened.encode()


WORDS = b"Final-Recipient: rfc822; a@b.example\n"
ENORMOUS = {
    "nested mails": b"Content-Type: message/rfc822\n\n" * 20_000,
    "nested parts": nested(5_000),
    "many parts": b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n\nx\n" * 200_000,
    "false boundaries": b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + b"--bb\nx\n" * 200_000,
    "many groups": b"Content-Type: message/delivery-status\n\n" + (WORDS + b"Action: failed\n\n") * 100_000,
    "one group": b"Content-Type: message/delivery-status\n\n" + WORDS * 100_000,
    "folded": b"Subject: x\n" + b" y\n" * 500_000,
    "a long line": b"X-Failed-Recipients: "
    + b"a@b.example, " * 200_000
    + b"\n\n"
    + b"  a@b.example\n    x\n" * 100_000,
    "parameters": b"Content-Type: text/plain" + b"; a=b" * 300_000 + b"\n\nx",
    "quotes": b'Content-Type: text/plain; charset="' + b'\\"' * 500_000 + b"\n\nx",
    "spaces": b"Content-Type: text/plain\n\n<a@b.example>:" + b" " * 1_000_000,
    "brackets": b"Subject: x\n\n" + b"<" * 1_000_000,
    "at signs": b"Subject: x\n\n" + b"a@" * 500_000,
    "codes": b"Subject: x\n\n<a@b.example>: " + b"550 5." * 200_000,
    "digits": b"Subject: x\n\n<a@b.example>: " + b"5" * 1_000_000,
    "indents": b"X-Failed-Recipients: a@b.example\n\n" + b" " * 1_000_000,
    "zeroes": b"\0" * 2_000_000,
    "at signs of qmail": b"Subject: x\n\n<" + b"@" * 1_000_000,
    "at signs of Exim": b"X-Failed-Recipients: a@b.example\n\n " + b"@" * 1_000_000,
    "rows of at signs": b"Subject: x\n\n" + (b"@" * 990 + b"\n") * 1_000,
    "empty lines": b"Content-Type: message/delivery-status\n\n" + b"\n" * 1_000_000,
}


@pytest.mark.parametrize("name", ENORMOUS)
def test_what_is_enormous_is_read_soon(name: str) -> None:
    began = time.process_time()
    read(ENORMOUS[name])
    assert time.process_time() - began < LONGEST_SECONDS


@given(octets=st.binary(max_size=400))
def test_no_octets_are_an_error(octets: bytes) -> None:
    read(octets)


@given(report=st.sampled_from(REPORTS), data=st.data())
def test_no_damage_to_a_report_is_an_error(report: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(report)))
    end = data.draw(st.integers(start, min(len(report), start + 200)))
    read(report[:start] + data.draw(st.binary(max_size=60)) + report[end:])


@given(charset=st.sampled_from(["utf-7", "idna", "punycode", "unicode_escape", "rot13", "hex", "utf-16", "\udcff"]))
def test_no_charset_is_an_error(charset: str) -> None:
    octets = f"Content-Type: text/plain; charset={charset}\n\n<a@b.example>:\n550 5.1.1 x\n".encode(errors="replace")
    assert read(octets).verdicts


MAY_BE_ONE = [
    *("utf8", "utf-8", "ascii", "us-ascii", "latin1", "latin-1", "koi8-r", "koi8-u"),
    *(f"{family}{number}" for family in ("windows-125", "cp125") for number in range(10)),
    *(f"iso-8859-{number}" for number in (*range(100), "00")),
]


def test_no_charset_that_may_be_one_is_an_error() -> None:
    for charset in MAY_BE_ONE:
        assert CHARSET.fullmatch(charset)
        octets = f"Content-Type: text/plain; charset={charset}\n\n<a@b.example>:\n550 5.1.1 x\n".encode()
        assert read(octets).verdicts


WORDS_OF_PARAMETERS = st.sampled_from(
    [
        "boundary",
        "charset",
        "*",
        "0",
        "1",
        "99",
        "=",
        '"',
        "\\",
        "'",
        "utf-8",
        "idna",
        "x",
        "y",
        ";",
        " ",
        "\0",
        "%e4",
        "\u0663",
    ]
)


@settings(max_examples=30)
@given(words=st.lists(WORDS_OF_PARAMETERS, max_size=25), kind=st.sampled_from(["text/plain", "multipart/mixed"]))
@example(words=["boundary", "*", "=", "idna", "'", "x", "'", "y"], kind="multipart/mixed")
@example(words=["boundary", "*", "=", "x", "\0", "y", "'", "x", "'", "y"], kind="multipart/mixed")
@example(
    words=["charset", "*", "=", "utf-8", "'", "'", "x", ";", " ", "charset", "*", "1", "=", "y"], kind="text/plain"
)
def test_no_parameters_are_an_error(words: list[str], kind: str) -> None:
    read(f"Content-Type: {kind}; {''.join(words)}\n\n--x\n\n<a@b.example>:\n550 5.1.1 x\n--x--\n".encode())
