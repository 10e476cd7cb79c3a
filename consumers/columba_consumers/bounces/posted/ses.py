"""Amazon SES by way of Amazon SNS: its notifications, and the events of a configuration set, which say the same."""

from collections.abc import Callable, Sequence
from typing import Final

from columba_shared.log.bounce import Finding

from columba_consumers.bounces.field import addresses, untyped
from columba_consumers.bounces.meaning import Code, combined, meaning, reply_code, status_code, weighed
from columba_consumers.bounces.posted.document import Document
from columba_consumers.bounces.posted.naming import evidence
from columba_consumers.bounces.report import Report, Sort, Verdict
from columba_consumers.posting.post import Nonsense, Post

_COMPLAINTS: Final = frozenset({"", "abuse", "fraud", "opt-out", "opt-out-list"})
"""The kinds by which a person wants no more of it; empty where the mailbox provider does not say."""
_ABOUT_THE_MAIL: Final = frozenset({"MessageTooLarge", "ContentRejected", "AttachmentRejected"})


class Ses:
    """Reads what its topics carry."""

    def __init__(self, message: Callable[[Post], str | None]) -> None:
        """Take what this says was published on a topic; None: the post was about the topic itself."""
        self._message = message

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what the notification says; see Provider."""
        text = self._message(post)
        if text is None:
            return []
        try:
            event = Document.read(text)
        except Nonsense:
            return []  # SNS and SES announce themselves on the topic, in plain words
        report = _report(event)
        return [] if report is None else [report]


def _report(event: Document) -> Report | None:
    """Return what an event says; None for one that says nothing of what became of a mail."""
    kind = event.text("eventType") or event.text("notificationType")
    reader = _READERS.get(kind)
    found = [each for each in (() if reader is None else reader(event)) if each.addresses]
    if not found:
        return None
    mail = event.at("mail")
    headers = [each for each in mail.parts("headers") if each.text("name").lower() == "message-id"]
    named = evidence(
        message_ids=[*(each.text("value") for each in headers), mail.text("commonHeaders", "messageId")],
        senders=[mail.text("source")],
    )
    sort = Sort.COMPLAINT if kind == "Complaint" else Sort.BOUNCE
    return Report(sort=sort, verdicts=tuple(found), reporter="Amazon SES", evidence=named, vouched=True)


def _bounced(event: Document) -> list[Verdict]:
    bounce = event.at("bounce")
    found = []
    for each in bounce.parts("bouncedRecipients"):
        code = _code(each)
        finding = _finding(bounce, code)
        if finding is not None:
            found.append(_verdict(each, finding, code, untyped(each.text("diagnosticCode"))))
    return found


def _finding(bounce: Document, code: Code) -> Finding | None:
    """Return what SES concludes, weighed with the code that it passes on."""
    kind = bounce.text("bounceType")
    if kind == "Permanent":
        return weighed(Finding.HARD, code)
    if kind != "Transient":
        return meaning("failed", code)
    if bounce.text("bounceSubType") in _ABOUT_THE_MAIL:
        return Finding.REFUSED
    if code.told is None and bounce.text("bounceSubType") == "General":
        return None  # automatic replies of people who are away come as these
    return weighed(Finding.SOFT, code)


def _complained(event: Document) -> list[Verdict]:
    complaint = event.at("complaint")
    kind = complaint.text("complaintFeedbackType")
    if kind not in _COMPLAINTS:
        return []
    said = f"reported as {kind or 'spam'}"
    return [_verdict(each, Finding.COMPLAINT, Code(), said) for each in complaint.parts("complainedRecipients")]


def _delayed(event: Document) -> list[Verdict]:
    late = event.at("deliveryDelay").parts("delayedRecipients")
    return [_verdict(each, Finding.DELAYED, _code(each), untyped(each.text("diagnosticCode"))) for each in late]


def _rejected(event: Document) -> list[Verdict]:
    said = event.text("reject", "reason") or None
    destination = event.at("mail").parts("destination")
    return [Verdict(finding=Finding.REFUSED, addresses=addresses(each.text()), said=said) for each in destination]


def _verdict(recipient: Document, finding: Finding, code: Code, said: str) -> Verdict:
    named = addresses(recipient.text("emailAddress"))
    return Verdict(finding=finding, addresses=named, status=code.told, said=said or None)


def _code(recipient: Document) -> Code:
    return combined(status_code(recipient.text("status")), reply_code(untyped(recipient.text("diagnosticCode"))))


_READERS: Final[dict[str, Callable[[Document], list[Verdict]]]] = {
    "Bounce": _bounced,
    "Complaint": _complained,
    "DeliveryDelay": _delayed,
    "Reject": _rejected,
}
