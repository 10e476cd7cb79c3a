"""What a reply means for the delivery: one table, read from the top.

The meanings are those of RFC 5321 and RFC 3463, read with what large providers publish about theirs. The text of a
reply is never looked at: it changes without notice, and it may quote a stranger.

*The pace.* 421 with 4.7.x is how servers say that they have had enough of us: Gmail (4.7.0, 4.7.28 and relatives),
Yahoo (4.7.0, 4.7.1), Postfix for too many connections. In other 4xx replies 4.7.x may as well be greylisting, which
another try settles: there only 4.7.28 (Gmail's rates), 4.7.500 to 4.7.699 (Microsoft's) and, where no recipient has
been named yet, 4.7.1 (Postfix's limits) speak of the pace. So do 432 (Microsoft's limit of concurrent submissions), a
bare 454 (Amazon's sending rate), and 4.3.2 and 4.4.5 before the mail was sent: a system that takes none, or is
congested. What is said of a recipient is about that recipient's domain, all else about the server. 450 4.2.1, one
mailbox that gets too much at once, is that mailbox's affair: nobody else at its domain has to wait.

*The dead.* An address is given up only for a code that says nothing else: 5.1.1 no such mailbox, 5.1.3 no such form of
address, 5.1.6 moved without leaving an address, 5.1.10 nobody at the domain takes mail (or, at Microsoft, no such
recipient), and 556, which is 5.1.10 without its enhanced code. A bare 550 may be about the sender, the content or a
list of spammers. 5.1.2, an unknown domain, is what one broken resolver says of everybody. 5.2.1, a disabled mailbox,
says that there is one; and Gmail says it, too, of a living one that gets too much at once.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final, NamedTuple

from columba_consumers.errors import (
    DeliveryError,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.email.addresses import domain_of
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
    """In these phases, a code (with its enhanced code, if it has one) of this form is that error."""

    phases: frozenset[Phase]
    status: re.Pattern[str]
    error: type[DeliveryError]


def _rule(phases: Iterable[Phase], status: str, error: type[DeliveryError]) -> Rule:
    return Rule(frozenset(phases), re.compile(status), error)


_SETUP: Final = (Phase.CONNECT, Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH)
_BEFORE: Final = (Phase.MAIL, Phase.RCPT, Phase.DATA)
_ABOUT_THE_RECIPIENT: Final = (Phase.RCPT, Phase.DATA, Phase.FINAL)
_PACE: Final = r"4\.7\.(28|[56]\d\d)"

RULES: Final = (
    _rule(Phase, rf"421 4\.7\.\d+|4.. {_PACE}", Throttled),
    _rule(_SETUP, ".*", TargetDown),  # no mail was even mentioned
    _rule(Phase, "432.*|454", Throttled),
    _rule([Phase.MAIL], r"45. 4\.7\.1", Throttled),
    _rule(_BEFORE, r"4[35]. 4\.(3\.2|4\.5)", Throttled),
    _rule(_BEFORE, "421.*", TargetDown),  # the server is closing, whoever the mail is for
    _rule(_BEFORE, "53[0458].*", TargetDown),  # it wants a login, or a better one
    _rule([Phase.MAIL], "50[023].*", TargetDown),  # it does not know what to do with anybody's mail
    _rule(_ABOUT_THE_RECIPIENT, r"55[01346] 5\.1\.(1|3|6|10)|556", RecipientDead),
    _rule(Phase, "4.*", Temporary),  # mailbox busy, greylisted, too many recipients, disk full
    _rule(Phase, "5.*", Permanent),  # refused as spam, too big, no relaying, a bare 550
    _rule(_BEFORE, ".*", Temporary),  # a yes where it cannot be one: nothing was handed over
    _rule(Phase, ".*", Unknown),
)


def refusal(phase: Phase, reply: Reply, *, about: str | None = None) -> DeliveryError:
    """Return the error that a reply is, when it is not the one that the phase hopes for.

    ``about`` is the address that it can only be about; None where it may be about several, or the sender.
    """
    status = reply.status
    error = next(rule.error for rule in RULES if phase in rule.phases and rule.status.fullmatch(status))
    code, told = str(reply.code), f"{reply} (in reply to {phase})"
    if error is RecipientDead and about is None:
        return Permanent(told, code=code)
    if error is Throttled:
        destination = None if about is None or phase is not Phase.RCPT or code == "421" else domain_of(about)
        return Throttled(told, code=code, destination=destination)
    return error(told, code=code)
