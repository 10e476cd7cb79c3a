"""What comes back of a mail that was really sent stops the next one, however Columba is run."""

import json
from email import message_from_bytes
from uuid import UUID

from columba_consumers.targets.email.return_path import ReturnPath

from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE
from tests.system import forks
from tests.system.system import System, until


def sent(columba: System, to: str) -> Original:
    """Have somebody sent a mail; return it as a mail server has it that took it over."""
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 1})
    columba.await_state(to, "sent")
    until(lambda: len(columba.mails(to)) == 1, "it arrives")
    [mail] = columba.mails(to)
    head = message_from_bytes(mail.body or b"")
    return Original(to=to, id=head["Message-ID"].strip("<>").partition("@")[0], sender=mail.mail_from)


def signed(delivery: UUID) -> str:
    """Return where bounces of a delivery go."""
    return ReturnPath("bounces@example.com", ["fedcba9876543210" * 2]).of(delivery, alone=True)


def piped(columba: System, octets: bytes) -> None:
    """Give it to a pipe, as a mail server does."""
    ran = forks.run("bounce", folder=columba.folder, environment=columba.environment, stdin=octets)
    assert ran.status == 0, ran


def test_after_a_bounce_the_next_mail_is_suppressed_and_says_why(columba: System) -> None:
    to = "bounces-hard@example.org"
    piped(columba, NOBODY_THERE["postfix"](sent(columba, to)))
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 2})
    until(lambda: "suppressed" in [row.state for row in columba.deliveries(to)], "the next is suppressed")
    [reason] = [row.reason for row in columba.deliveries(to) if row.state == "suppressed"]
    assert reason.startswith(f"address suppressed by bounce: 550 5.1.1 <{to}>")
    assert len(columba.mails(to)) == 1
    told = " ".join(columba.columba("explain", to).split())
    assert "since nobody is there: 550 5.1.1" in told


def test_a_report_that_nobody_here_has_signed_suppresses_nobody(columba: System) -> None:
    to = "bounces-forged@example.org"
    known = sent(columba, to)
    piped(columba, NOBODY_THERE["postfix"](Original(to=to, id=known.id, sender=f"bounces+{'a' * 40}@example.com")))
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 2})
    until(lambda: len(columba.mails(to)) == 2, "the next one arrives")


def test_what_is_dead_does_not_go_again_to_an_address_that_has_bounced(columba: System) -> None:
    to = "policy-bounces@example.org"
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 1})
    columba.await_state(to, "dead")
    [row] = columba.deliveries(to)
    piped(columba, NOBODY_THERE["qmail"](Original(to=to, sender=signed(row.id))))
    told = json.loads(columba.columba("retry", row.id.hex, "--yes", "--json"))
    assert (told["reopened"], told["left"]) == (0, {"suppressed": 1})
    assert columba.mails(to) == []
