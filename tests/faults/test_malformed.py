"""Bodies that are no events: dead-lettered with the reason, and nobody behind them waits."""

from pathlib import Path

import pytest
from columba_producer import InvalidEvent, Producer
from columba_shared.log.tables import malformed
from columba_shared.publishing.connection import Access
from columba_shared.topology import dead_queue
from columba_shared.topology.declare import depths
from sqlalchemy import select

from tests.system import raw
from tests.system.system import System, until

_BODIES = {
    "not JSON": b"hello",
    "nothing": b"",
    "cut short": b'{"v":1,"id":"019a0000-0000-7000-8000-000000000001","kind":"a.b"',
    "a foreign version": b'{"v":2,"what":"ever"}',
    "a pickle": b"\x80\x04\x95\x0b\x00\x00\x00\x00\x00\x00\x00\x8c\x07columba\x94.",
    "invalid UTF-8": b'{"v":1,"kind":"\xff\xfe"}',
    "deep nesting": b"[" * 50_000,
    "20 MB": b"x" * 20_000_000,
}


def test_what_is_no_event_is_dead_lettered_and_its_neighbours_are_delivered(system: System) -> None:
    first = system.enqueue(20, name="before")
    raw.publish(system.broker_url, _BODIES.values(), content_type="application/json")
    last = system.enqueue(20, name="behind")
    system.start("work", "email")
    system.await_states({"sent": len(first) + len(last)})
    until(lambda: len(system.rows(select(malformed.c.id))) == len(_BODIES), "every body is noted in the log")
    until(lambda: _letters(system) == len(_BODIES), "and every one is a dead letter")
    letters = raw.take_all(system.broker_url, dead_queue("email"))
    reasons = {body: headers["columba-reason"] for body, headers in letters}
    assert set(reasons) == set(_BODIES.values())
    assert "event version 2" in reasons[_BODIES["a foreign version"]]
    assert "20,000,000 bytes" in reasons[_BODIES["20 MB"]]
    assert all(reasons.values())


def _letters(system: System) -> int | None:
    (depth,) = depths((dead_queue("email"),), Access.to(system.broker_url)).values()
    return depth


def test_an_event_that_is_too_large_is_refused_at_the_producer(system: System) -> None:
    with Producer(system.broker_url) as producer, pytest.raises(InvalidEvent, match="context"):
        producer.enqueue("invoice.ready", to="bob@example.org", context={"blob": "x" * 20_000_000})
    assert system.states().total() == 0


@pytest.mark.parametrize(
    "subject",
    ["=?utf-8?q?hi=0ABcc:_evil@x?=", "hi\r\nBcc: evil@example.org", "hi\nBcc: evil@example.org", "hi\x00there"],
)
def test_a_subject_that_smuggles_a_header_is_refused(system: System, tmp_path: Path, subject: str) -> None:
    template = tmp_path / "templates" / "invoice.ready" / "email.subject.txt"
    template.write_text("{{ subject }}")
    with Producer(system.broker_url) as producer:
        context = {"number": 1, "subject": subject}
        producer.enqueue("invoice.ready", to="bob@example.org", context=context)
    system.start("work", "email")
    if "\n" in subject:
        # A line break in a subject's template becomes a space: what arrives is one harmless header.
        system.await_states({"sent": 1})
    else:
        system.await_states({"dead": 1})
    evil = [entry for entry in system.smtp.entries() if "evil" in str(getattr(entry, "rcpt_to", ""))]
    assert not evil
