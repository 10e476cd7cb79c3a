"""Reading a mail that came back: a report for machines if there is one, else what people were told, else nothing."""

from dataclasses import replace
from typing import Final

from columba_consumers.bounces import delivery_status, feedback, prose
from columba_consumers.bounces.part import Part, parse
from columba_consumers.bounces.report import Report, Sort

_LONGEST_EVIDENCE: Final = 64 * 1024
_RETURNED: Final = frozenset(
    {
        "message/rfc822",
        "message/global",
        "message/global-headers",
        "text/rfc822-headers",
        "text/rfc822",
        "message/rfc822-headers",
    }
)
_TELLING: Final = _RETURNED | delivery_status.KINDS | {feedback.KIND}
_READ_RECEIPT: Final = "message/disposition-notification"
_NOT_AUTOMATIC: Final = frozenset({"", "no"})
_AUTOMATIC_HEADERS: Final = ("x-autoreply", "x-autorespond", "x-auto-reply-from")


def read(octets: bytes) -> Report:
    """Return what a mail says; whatever it is, there is an answer."""
    mail = parse(octets)
    parts = list(mail.walk())
    report = _for_machines(parts) or _for_people(mail, parts)
    return replace(report, evidence=_evidence(mail, parts))


def _for_machines(parts: list[Part]) -> Report | None:
    """Return what the first part says that is a report; one inside a mail that came back is about another mail."""
    for part in _outside(parts[0]):
        if part.kind == feedback.KIND:
            return feedback.feedback(part.text)
        if part.kind in delivery_status.KINDS and delivery_status.has_recipients(part.text):
            found = delivery_status.verdicts(part.text)
            sort = Sort.BOUNCE if found else Sort.GOOD_NEWS
            return Report(sort=sort, verdicts=found, reporter=delivery_status.reporter(part.text))
        if part.kind == _READ_RECEIPT:
            return Report(sort=Sort.GOOD_NEWS)
        if part.parts and part.kind in _RETURNED and part.parts[0].header(feedback.PASSED_ON):
            return feedback.passed_on(part.parts[0].header(feedback.PASSED_ON))
    return None


def _for_people(mail: Part, parts: list[Part]) -> Report:
    text = next((part.text for part in parts if not part.parts and part.kind == "text/plain"), "")
    found = prose.verdicts(mail, text)
    if found:
        return Report(sort=Sort.BOUNCE, verdicts=found)
    automatic = mail.header("auto-submitted").partition(";")[0].strip().lower() not in _NOT_AUTOMATIC
    if automatic or any(mail.header(name) for name in _AUTOMATIC_HEADERS):
        return Report(sort=Sort.AUTOMATIC)
    return Report(sort=Sort.OTHER)


def _outside(part: Part) -> list[Part]:
    """Return it and the parts below it, without those of mails inside it."""
    if part.kind in _RETURNED:
        return [part]
    return [part, *(each for below in part.parts for each in _outside(below))]


def _evidence(mail: Part, parts: list[Part]) -> str:
    """Return the headers of the mail and of what it returns, and the fields of its report."""
    telling = (each for each in parts[1:] if each.kind in _TELLING)
    found = [mail.head, *(each.parts[0].head if each.parts else each.text[:_LONGEST_EVIDENCE] for each in telling)]
    if not mail.parts:
        found.append(prose.returned(mail.text)[:_LONGEST_EVIDENCE])
    return "\n".join(found)[: 2 * _LONGEST_EVIDENCE]
