"""Names, headers and bodies that were written to be slow are read as soon as any other."""

import time
from collections.abc import Callable

import pytest
from columba_consumers.targets.email.addresses import mailbox
from columba_consumers.targets.email.dkim import canonical
from columba_consumers.targets.email.mime.list_header import list_header
from columba_consumers.targets.email.unsafe import UnsafeHeader

BLANKS = " " * 40_000


def _refused(work: Callable[[], object]) -> bool:
    try:
        work()
    except UnsafeHeader:
        return True
    return False


@pytest.mark.parametrize(
    "work",
    [lambda: mailbox(f"Bob{BLANKS}x>", "From"), lambda: list_header("List-Id", f"News{BLANKS}x")],
    ids=["a name", "a list's name"],
)
def test_a_name_with_very_many_blanks_is_refused_soon(work: Callable[[], object]) -> None:
    begun = time.thread_time()
    assert _refused(work)
    assert time.thread_time() - begun < 0.5


def test_a_line_of_very_many_blanks_is_signed_soon() -> None:
    begun = time.thread_time()
    assert canonical.body(f"a{BLANKS}b{BLANKS}\r\n".encode()) == b"a b\r\n"
    assert time.thread_time() - begun < 0.5


@pytest.mark.parametrize(
    ("body", "signed"),
    [
        (b"a \t \r\n\r\n \r\n", b"a\r\n"),
        (b"a\r\n \t", b"a\r\n"),
        (b" a\t\tb  \r\n", b" a b\r\n"),
        (b"a \r\n\t\r\nb \t", b"a\r\n\r\nb\r\n"),
    ],
)
def test_blanks_at_the_end_of_a_line_do_not_count(body: bytes, signed: bytes) -> None:
    assert canonical.body(body) == signed


@pytest.mark.parametrize("text", ["Bob  Bee   <bob@example.com>", '"Bob  Bee"   <bob@example.com>'])
def test_blanks_between_name_and_address_are_neithers(text: str) -> None:
    found = mailbox(text, "From")
    assert (found.name, found.address) == ("Bob  Bee", "bob@example.com")
