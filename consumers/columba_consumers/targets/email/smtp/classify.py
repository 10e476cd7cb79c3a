"""What a reply means for the delivery: one table, read from the top."""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Temporary, Unknown
from columba_consumers.targets.email.smtp.reply import Reply


class Phase(StrEnum):
    """The step of the conversation that a reply answers."""

    CONNECT = "connecting"
    GREETING = "the greeting"
    EHLO = "EHLO"
    STARTTLS = "STARTTLS"
    AUTH = "AUTH"
    MAIL = "MAIL FROM"
    RCPT = "RCPT TO"
    DATA = "DATA"
    FINAL = "the mail"


class Rule(NamedTuple):
    """In these phases, a code of this form is that error."""

    phases: frozenset[Phase]
    codes: re.Pattern[str]
    error: type[DeliveryError]


_SETUP: Final = frozenset({Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH})
_ENVELOPE: Final = frozenset({Phase.MAIL, Phase.RCPT, Phase.DATA})
_ANY: Final = frozenset(Phase)

RULES: Final = (
    Rule(_SETUP, re.compile("..."), TargetDown),  # no mail was even mentioned
    Rule(_ENVELOPE, re.compile("421"), TargetDown),  # the server is closing, whoever the mail is for
    Rule(_ENVELOPE, re.compile("53[0458]"), TargetDown),  # it wants a login, or a better one
    Rule(_ANY, re.compile("4.."), Temporary),  # mailbox busy, greylisted, too many recipients, disk full
    Rule(_ANY, re.compile("5.."), Permanent),  # no such mailbox, refused as spam, too big
    Rule(_ENVELOPE, re.compile("..."), Temporary),  # a yes where it cannot be one: nothing was handed over
    Rule(_ANY, re.compile("..."), Unknown),
)


def refusal(phase: Phase, reply: Reply) -> DeliveryError:
    """Return the error that a reply is, when it is not the one that the phase hopes for."""
    code = str(reply.code)
    error = next(rule.error for rule in RULES if phase in rule.phases and rule.codes.fullmatch(code))
    return error(f"{reply} (in reply to {phase})", code=code)
