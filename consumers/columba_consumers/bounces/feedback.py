"""Feedback reports: somebody pressed the button that says that this is spam.

Most providers send them as RFC 5965 says (ARF). Microsoft's (JMRP) pass on the mail itself, with a header in it that
names the recipient.
"""

from typing import Final

from columba_shared.log.bounce import Finding

from columba_consumers.bounces.field import addresses, first, groups
from columba_consumers.bounces.report import Report, Sort, Verdict

KIND: Final = "message/feedback-report"
PASSED_ON: Final = "x-hmxmroriginalrecipient"
_COMPLAINTS: Final = frozenset({"abuse", "fraud", "opt-out", "opt-out-list"})
"""The kinds by which a person wants no more of it. The others are about authentication, or viruses, or praise."""
_GOOD: Final = "not-spam"


def feedback(text: str) -> Report:
    """Return what the machine's part of such a report says."""
    fields = next(groups(text), {})
    sort = first(fields, "feedback-type").strip().lower()
    named = [*fields.get("original-rcpt-to", ()), *fields.get("removal-recipient", ())]
    who = first(fields, "user-agent") or None
    if sort not in _COMPLAINTS:
        return Report(sort=Sort.GOOD_NEWS if sort == _GOOD else Sort.OTHER, reporter=who)
    said = Verdict(finding=Finding.COMPLAINT, addresses=addresses(*named), said=f"reported as {sort}")
    return Report(sort=Sort.COMPLAINT, verdicts=(said,), reporter=who)


def passed_on(recipient: str) -> Report:
    """Return what it means that a provider passes on the mail to this recipient."""
    said = Verdict(finding=Finding.COMPLAINT, addresses=addresses(recipient), said="reported as abuse")
    return Report(sort=Sort.COMPLAINT, verdicts=(said,))
