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
# A text may be written to be slow: what it is held against is bounded, and tries no character twice.
_QMAIL: Final = re.compile(r"<([^<>\s]{3,500})>:[ \t]*(?:\n|$)?(.*)", re.DOTALL)
_EXIM: Final = re.compile(r" {1,4}(\S{3,501})[ \t]*")
_LINE: Final = re.compile(r"[ \t]*<?([^\s<>:;,]{3,500})>?:?[ \t]+(?:smtp;[ \t]*)?([45]\d\d[ -].+)")
_FURTHER_RIGHT: Final = "   "
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
        if found is not None and "@" in found[1]:
            yield from _verdict(found[1], found[2])


def _of_lines(text: str) -> Iterator[Verdict]:
    for line in text.split("\n", _MOST_LINES)[:_MOST_LINES]:
        found = _LINE.fullmatch(line[:_LONGEST_SAID])
        if found is not None and "@" in found[1]:
            yield from _verdict(found[1], found[2])


def _of_exim(mail: Part, text: str) -> Iterator[Verdict]:
    """Yield a verdict for each address in the header, with the words that the text has about it, if it has some."""
    told = {named: words for given, words in _told(text) for named in addresses(given)}
    for named in addresses(*mail.header(FAILED).split(",")[:_MOST_PARAGRAPHS]):
        yield from _verdict(named, told.get(named, ""))


def _told(text: str) -> Iterator[tuple[str, str]]:
    """Yield what stands on a line of its own, with the lines below it that begin further to the right."""
    given, words = "", list[str]()
    for line in text.split("\n"):
        if given and line.startswith(_FURTHER_RIGHT):
            words.append(line)
            continue
        if words:
            yield given, "\n".join(words)
        found = _EXIM.fullmatch(line)
        given, words = (found[1].removesuffix(":") if found else ""), []
    if words:
        yield given, "\n".join(words)


def _verdict(address: str, words: str) -> Iterator[Verdict]:
    said = " ".join(words[:_LONGEST_SAID].split())
    code = reply_code(said)
    finding = meaning("failed", code)
    if finding is not None:
        yield Verdict(finding=finding, addresses=addresses(address), status=code.told, said=said or None)
