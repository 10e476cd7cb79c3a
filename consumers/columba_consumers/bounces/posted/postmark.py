"""Postmark's webhooks: one event in each request, which shows a password that stands in its link."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from columba_shared.log.bounce import Finding

from columba_consumers.bounces.field import addresses, untyped
from columba_consumers.bounces.meaning import reply_code, weighed
from columba_consumers.bounces.posted.document import Document
from columba_consumers.bounces.posted.naming import evidence
from columba_consumers.bounces.posted.secret import check_basic
from columba_consumers.bounces.report import Report, Sort, Verdict
from columba_consumers.posting.post import Nonsense, Post
from columba_consumers.targets.email.marks import NAME

_FINDINGS: Final = {
    "HardBounce": Finding.HARD,
    "BadEmailAddress": Finding.HARD,
    "SoftBounce": Finding.SOFT,
    "Undeliverable": Finding.SOFT,
    "Unknown": Finding.SOFT,
    "Transient": Finding.DELAYED,
    "DnsError": Finding.DELAYED,
    "Blocked": Finding.REFUSED,
    "SpamNotification": Finding.REFUSED,
    "VirusNotification": Finding.REFUSED,
    "DMARCPolicy": Finding.REFUSED,
    "SMTPApiError": Finding.REFUSED,
    "ManuallyDeactivated": Finding.REFUSED,
    "SpamComplaint": Finding.COMPLAINT,
}
"""The types of bounces; the others are replies of people or machines that are away, moved or curious."""
_WEIGHED: Final = frozenset({Finding.HARD, Finding.SOFT})


@dataclass(frozen=True, slots=True)
class Postmark:
    """Checks and reads them. Postmark names no Message-ID of ours: a mark in the mail says which delivery it is."""

    secrets: Sequence[str]

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what the event says; see Provider."""
        check_basic(post, self.secrets)
        event = Document.read(post.body)
        sort = event.text("RecordType")
        if not sort:
            raise Nonsense("RecordType is missing")
        found = {"Bounce": _FINDINGS.get(event.text("Type")), "SpamComplaint": Finding.COMPLAINT}.get(sort)
        recipients = addresses(event.text("Email"))
        if found is None or not recipients:
            return []
        verdict = _verdict(event, found, recipients)
        complaint = Sort.COMPLAINT if found is Finding.COMPLAINT else Sort.BOUNCE
        named = evidence(ids=_ids(event.at("Metadata")))
        return [Report(sort=complaint, verdicts=(verdict,), reporter="Postmark", evidence=named, vouched=True)]


def _verdict(event: Document, found: Finding, recipients: tuple[str, ...]) -> Verdict:
    said = untyped(event.text("Details") or event.text("Description"))
    if found is Finding.COMPLAINT:
        return Verdict(finding=found, addresses=recipients, said="reported as spam")
    code = reply_code(said)
    finding = weighed(found, code) if found in _WEIGHED else found
    return Verdict(finding=finding, addresses=recipients, status=code.told, said=said or None)


def _ids(metadata: Document) -> list[str]:
    """Return what stands in the mark; names may come back in other letters."""
    names = metadata.value if isinstance(metadata.value, dict) else ()
    return [metadata.text(name) for name in names if name.lower() == NAME]
