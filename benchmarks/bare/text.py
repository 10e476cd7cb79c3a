"""The bare parts that only compute: decoding, rendering, putting a mail together."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import msgspec
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient
from columba_shared.identity import event_id
from jinja2 import Environment, FileSystemLoader, select_autoescape

from benchmarks.bare.cost import Cost, Stopwatch
from benchmarks.workload import KIND, SENDER, TEMPLATES, address, context

_HEADERS = (
    "From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: {date}\r\nMessage-ID: <{id}@example.com>\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary="{id}"\r\n\r\n'
)
_PART = "--{id}\r\nContent-Type: text/{kind}; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
_DATE = "Sat, 21 Nov 2026 10:00:00 +0000"


def decode(mails: int) -> Cost:
    """Turn bytes into events."""
    bodies = [msgspec.json.encode(_event(number)) for number in range(mails)]
    decoder = msgspec.json.Decoder(Event)
    watch = Stopwatch(mails)
    with watch.running():
        for body in bodies:
            decoder.decode(body)
    return watch.cost("decode (msgspec)")


def render(mails: int) -> Cost:
    """Render subject, text and HTML, compiled beforehand."""
    render_one = renderer()
    contexts = [context(number) for number in range(mails)]
    watch = Stopwatch(mails)
    with watch.running():
        for each in contexts:
            render_one(each)
    return watch.cost("render three templates (Jinja2)")


def assemble(mails: int) -> Cost:
    """Put headers and two bodies together as bytes."""
    subject, text, html = rendered(0)
    ids = [uuid4().hex for _ in range(mails)]
    watch = Stopwatch(mails)
    with watch.running():
        for number, each in enumerate(ids):
            mail(each, address(number), subject, text, html)
    return watch.cost("put the mail together (bytes)")


def rendered(number: int) -> tuple[str, str, str]:
    """Return subject, text and HTML of one mail."""
    return renderer()(context(number))


def renderer() -> Callable[[dict[str, Any]], tuple[str, str, str]]:
    """Return what renders subject, text and HTML, its templates compiled."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=select_autoescape(["html"]))
    subject, text, html = (environment.get_template(f"{KIND}/email.{part}") for part in ("subject.txt", "txt", "html"))
    return lambda given: (subject.render(given), text.render(given), html.render(given))


def mail(boundary: str, to: str, subject: str, text: str, html: str) -> bytes:
    """Return the mail, ready for DATA; only for text that is ASCII in short lines."""
    pieces = (
        _HEADERS.format(sender=SENDER, to=to, subject=subject, date=_DATE, id=boundary),
        _PART.format(id=boundary, kind="plain"),
        text.replace("\n", "\r\n"),
        "\r\n",
        _PART.format(id=boundary, kind="html"),
        html.replace("\n", "\r\n"),
        f"\r\n--{boundary}--\r\n.\r\n",
    )
    return "".join(pieces).encode()


def _event(number: int) -> Event:
    return Event(
        id=event_id(),
        kind=KIND,
        target="email",
        producer="bench",
        to=(Recipient(address=address(number)),),
        context=context(number),
        created_at=utc_now(),
    )
