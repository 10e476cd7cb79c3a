"""Bounces written for people: those of qmail, of old Exims, and of systems that learnt from them.

qmail documents its own (QSBMF): paragraphs that begin with `<address>:`, and one that begins with `-` before the
returned mail. Exim names the addresses in a header of its own, and tells of each in a paragraph whose first line is
the address, further to the left than the others. Others put the address and the server's reply on one line. Whoever
writes in another way writes for people alone.
"""

import re
from collections.abc import Iterator
from typing import Final

from columba_consumers.bounces.field import addresses
from columba_consumers.bounces.meaning import meaning, reply_code
from columba_consumers.bounces.part import Part
from columba_consumers.bounces.report import Verdict

FAILED: Final = "x-failed-recipients"
_MOST_PARAGRAPHS: Final = 200
_QMAIL: Final = re.compile(r"<([^<>\s]+@[^<>\s]+)>:[ \t]*(?:\n|$)?(.*)", re.DOTALL)
_EXIM: Final = re.compile(r" {1,4}(\S+@\S+?):?[ \t]*\n((?: {3,}[^\n]*\n?)+)")
_LINE: Final = re.compile(r"[ \t]*<?([^\s<>:;,]+@[^\s<>:;,]+?)>?:?[ \t]+(?:smtp;[ \t]*)?([45]\d\d[ -].+)")
_BREAK: Final = re.compile(r"\n-[^\n]*\n")
_MOST_LINES: Final = 500
_LONGEST_SAID: Final = 1000


def verdicts(mail: Part, text: str) -> tuple[Verdict, ...]:
    """Return what such a text says of recipients; empty when it is written in another way."""
    if mail.header(FAILED):
        return tuple(_of_exim(mail, text))
    return tuple(_of_qmail(text)) or tuple(_of_lines(text))


def returned(text: str) -> str:
    """Return what follows the line that says that a copy of the mail follows; empty without one."""
    found = _BREAK.search(text)
    return text[found.end() :].lstrip("\n") if found else ""


def _of_qmail(text: str) -> Iterator[Verdict]:
    for paragraph in re.split(r"\n[ \t]*\n", text.strip("\n"), maxsplit=_MOST_PARAGRAPHS):
        if paragraph.startswith("-"):
            return
        found = _QMAIL.match(paragraph.strip())
        if found is not None:
            yield from _verdict(found[1], found[2])


def _of_lines(text: str) -> Iterator[Verdict]:
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        found = _LINE.fullmatch(line[:_LONGEST_SAID])
        if found is not None:
            yield from _verdict(found[1], found[2])


def _of_exim(mail: Part, text: str) -> Iterator[Verdict]:
    """Yield a verdict for each address in the header, with the words that the text has about it, if it has some."""
    told = {named: words for found in _EXIM.finditer(text) for named, words in _told(found[1], found[2])}
    for named in addresses(*mail.header(FAILED).split(",")[:_MOST_PARAGRAPHS]):
        yield from _verdict(named, told.get(named, ""))


def _told(address: str, words: str) -> Iterator[tuple[str, str]]:
    for named in addresses(address):
        yield named, words


def _verdict(address: str, words: str) -> Iterator[Verdict]:
    said = " ".join(words[:_LONGEST_SAID].split())
    code = reply_code(said)
    finding = meaning("failed", code)
    if finding is not None:
        yield Verdict(finding=finding, addresses=addresses(address), status=code.told, said=said or None)
