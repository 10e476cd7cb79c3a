"""What mail servers say, spoken by one on a socket, and what it means for the delivery."""

from typing import Final

import pytest
from columba_consumers.delivery.failure import outcome_of
from columba_consumers.errors import DeliveryError, Permanent, RecipientDead, TargetDown, Temporary, Throttled
from columba_consumers.outcome import Reject, Retry, Stage

from tests.live.email.sending import mails, relay_to, send
from tests.services.smtp_faults import Faults, Phase, Rule
from tests.services.smtp_server import SmtpServer

BOB: Final = "bob@Example.org"
DOMAIN: Final = "example.org"
ALL: Final = None
"""The whole target."""

Said = tuple[Phase, str, type[DeliveryError], str | None]

SAID: Final[list[Said]] = [
    # Before any mail is mentioned it is the server's affair.
    ("banner", "421 4.3.2 service not available, closing", TargetDown, ALL),
    ("banner", "421 4.7.0 too many concurrent connections from your host", Throttled, ALL),
    ("banner", "450 4.7.650 this host is limited for a while", Throttled, ALL),
    ("banner", "521 5.3.2 this host takes no mail", TargetDown, ALL),
    ("banner", "554 5.7.1 your address is on a list", TargetDown, ALL),
    ("ehlo", "421 4.7.0 try again later, closing", Throttled, ALL),
    ("ehlo", "501 5.5.4 that is no host name", TargetDown, ALL),
    ("ehlo", "550 5.7.1 go away", TargetDown, ALL),
    # The sender.
    ("mail", "421 4.3.2 shutting down", TargetDown, ALL),
    ("mail", "421 shutting down", TargetDown, ALL),
    ("mail", "421 4.7.28 an unusual rate of unsolicited mail", Throttled, ALL),
    ("mail", "421 4.7.0 deferred because of complaints", Throttled, ALL),
    ("mail", "432 4.3.2 too many submissions at once", Throttled, ALL),
    ("mail", "450 4.7.1 too much mail from your host", Throttled, ALL),
    ("mail", "451 4.7.650 limited because of your address's reputation", Throttled, ALL),
    ("mail", "451 4.7.500 busy, try again later", Throttled, ALL),
    ("mail", "452 4.3.2 no network mail is taken now", Throttled, ALL),
    ("mail", "454 maximum sending rate exceeded", Throttled, ALL),
    ("mail", "451 4.3.0 cannot look it up now", Temporary, ALL),
    ("mail", "452 4.3.1 no room left", Temporary, ALL),
    ("mail", "451 4.1.8 your domain cannot be found now", Temporary, ALL),
    ("mail", "503 5.5.1 log in first", TargetDown, ALL),
    ("mail", "530 5.7.0 log in first", TargetDown, ALL),
    ("mail", "535 5.7.8 that login is no longer good", TargetDown, ALL),
    ("mail", "550 5.1.8 your domain does not exist", Permanent, ALL),
    ("mail", "550 5.1.1 what is said here is about the sender", Permanent, ALL),
    ("mail", "552 5.3.4 too big", Permanent, ALL),
    ("mail", "553 5.7.1 you may not send as this one", Permanent, ALL),
    # The recipient.
    ("rcpt", "421 4.3.2 shutting down", TargetDown, ALL),
    ("rcpt", "421 4.7.0 too many errors, closing", Throttled, ALL),
    ("rcpt", "450 4.2.1 this user gets mail too quickly", Temporary, ALL),
    ("rcpt", "450 4.7.1 greylisted", Temporary, ALL),
    ("rcpt", "451 4.7.1 greylisted", Temporary, ALL),
    ("rcpt", "450 4.1.2 domain not found now", Temporary, ALL),
    ("rcpt", "450 4.3.2 that host takes nothing now", Throttled, DOMAIN),
    ("rcpt", "451 4.4.5 that way is congested", Throttled, DOMAIN),
    ("rcpt", "450 4.7.28 too fast for this domain", Throttled, DOMAIN),
    ("rcpt", "451 4.7.651 limited at this provider", Throttled, DOMAIN),
    ("rcpt", "451 4.4.1 no answer from that host", Temporary, ALL),
    ("rcpt", "451 local error", Temporary, ALL),
    ("rcpt", "452 4.2.2 mailbox full", Temporary, ALL),
    ("rcpt", "452 4.5.3 too many recipients", Temporary, ALL),
    ("rcpt", "454 4.7.1 relaying is not allowed just now", Temporary, ALL),
    ("rcpt", "550 5.1.1 no such user", RecipientDead, ALL),
    ("rcpt", "550-5.1.1 no such user\r\n550 5.1.1 see our page", RecipientDead, ALL),
    ("rcpt", "551 5.1.6 moved, nobody knows where", RecipientDead, ALL),
    ("rcpt", "553 5.1.3 that is no address", RecipientDead, ALL),
    ("rcpt", "550 5.1.10 no such recipient here", RecipientDead, ALL),
    ("rcpt", "556 5.1.10 this domain takes no mail", RecipientDead, ALL),
    ("rcpt", "556 this domain takes no mail", RecipientDead, ALL),
    ("rcpt", "554 5.1.1 no such user", RecipientDead, ALL),
    ("rcpt", "550 mailbox unavailable", Permanent, ALL),
    ("rcpt", "550 4.1.1 a code that contradicts itself", Permanent, ALL),
    ("rcpt", "550 5.1.0 address refused", Permanent, ALL),
    ("rcpt", "550 5.1.2 unknown domain", Permanent, ALL),
    ("rcpt", "550 5.2.1 disabled, or getting too much at once", Permanent, ALL),
    ("rcpt", "550 5.4.1 access denied", Permanent, ALL),
    ("rcpt", "550 5.7.1 no relaying", Permanent, ALL),
    ("rcpt", "550 5.7.606 your address is banned", Permanent, ALL),
    ("rcpt", "551 user not local", Permanent, ALL),
    ("rcpt", "552 5.2.2 mailbox full", Permanent, ALL),
    ("rcpt", "553 5.7.1 not for you", Permanent, ALL),
    ("rcpt", "554 5.7.1 blocked", Permanent, ALL),
    # The mail.
    ("data", "421 4.3.2 shutting down", TargetDown, ALL),
    ("data", "451 4.3.0 not now", Temporary, ALL),
    ("data", "554 5.5.1 no valid recipients", Permanent, ALL),
    ("data", "554 5.7.1 no", Permanent, ALL),
    ("final", "421 4.3.2 shutting down", Temporary, ALL),
    ("final", "421 4.7.28 an unusual rate of unsolicited mail", Throttled, ALL),
    ("final", "432 4.3.2 too many submissions at once", Throttled, ALL),
    ("final", "451 4.7.1 the filter is away", Temporary, ALL),
    ("final", "452 4.3.1 disk full", Temporary, ALL),
    ("final", "454 maximum sending rate exceeded", Throttled, ALL),
    ("final", "550 5.1.1 no such user", RecipientDead, ALL),
    ("final", "550 5.7.1 refused as spam", Permanent, ALL),
    ("final", "552 5.3.4 too big", Permanent, ALL),
    ("final", "554 delivery error: no such account", Permanent, ALL),
]


@pytest.mark.parametrize(("phase", "reply", "kind", "destination"), SAID, ids=[f"{one[0]} {one[1]}" for one in SAID])
@pytest.mark.parametrize("pipelining", [True, False])
async def test_what_a_mail_server_says_means_this(
    phase: Phase, reply: str, kind: type[DeliveryError], destination: str | None, *, pipelining: bool
) -> None:
    faults = Faults(rules=(Rule(phase=phase, reply=reply),), pipelining=pipelining)
    async with SmtpServer(faults=faults) as server, relay_to(server) as relay:
        with pytest.raises(DeliveryError) as caught:
            await send(relay, BOB)
        assert (type(caught.value), caught.value.code) == (kind, reply[:3])
        assert getattr(caught.value, "destination", None) == destination
        assert reply.split("\r\n", maxsplit=1)[0].replace("550-", "550 ") in caught.value.reply
        assert mails(server) == []


@pytest.mark.parametrize(
    ("reply", "spent", "dead"),
    [
        ("421 4.3.2 shutting down", False, False),
        ("451 4.7.650 limited", False, False),
        ("450 4.7.1 greylisted", True, False),
        ("550 5.7.1 no relaying", True, False),
        ("550 5.1.1 no such user", True, True),
    ],
)
async def test_only_what_is_the_deliverys_own_fault_costs_it_an_attempt(reply: str, *, spent: bool, dead: bool) -> None:
    async with SmtpServer(faults=Faults(rules=(Rule(phase="rcpt", reply=reply),))) as server, relay_to(server) as relay:
        with pytest.raises(DeliveryError) as caught:
            await send(relay, BOB)
    outcome = outcome_of(caught.value, Stage.DELIVER)
    assert (outcome.spent if isinstance(outcome, Retry) else True) is spent
    assert (isinstance(outcome, Reject) and outcome.recipient_dead) is dead


@pytest.mark.parametrize("pipelining", [True, False])
async def test_with_copies_nobody_knows_whom_the_answer_to_a_mail_means(*, pipelining: bool) -> None:
    faults = Faults(rules=(Rule(phase="final", reply="550 5.1.1 no such user"),), pipelining=pipelining)
    async with SmtpServer(faults=faults) as server, relay_to(server) as relay:
        with pytest.raises(DeliveryError) as caught:
            await send(relay, BOB, "copy@example.net")
    assert type(caught.value) is Permanent


@pytest.mark.parametrize("pipelining", [True, False])
async def test_a_copy_that_is_dead_is_not_the_recipient(*, pipelining: bool) -> None:
    rule = Rule(phase="rcpt", reply="550 5.1.1 no such user", recipient="^copy")
    async with (
        SmtpServer(faults=Faults(rules=(rule,), pipelining=pipelining)) as server,
        relay_to(server) as relay,
    ):
        accepted = await send(relay, BOB, "copy@example.net")
        assert [mail.rcpt_to for mail in mails(server)] == [(BOB,)]
    assert accepted.refused_copies == ("copy@example.net: 550 5.1.1 no such user",)
