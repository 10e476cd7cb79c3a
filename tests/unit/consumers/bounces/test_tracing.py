"""Which reports are believed: those that prove what they are about, and no others."""

from uuid import UUID

import pytest
from columba_consumers.bounces import Report, read
from columba_consumers.bounces.tracing import Belief, Traced, Tracer
from columba_consumers.targets.email.return_path import ReturnPath
from columba_shared.log.bounce import Finding

from tests.bounced import others
from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE

ID = UUID("abcdef01-2345-8789-abcd-ef0123456789")
PATH = ReturnPath("bounces@example.com", ["k" * 32])
SIGNED = Original(sender=PATH.of(ID, alone=True))
NAMED = Original(id=ID.hex)
KNOWN = {ID: "Ann@example.org"}


def traced(report: Report, *, signed_only: bool = False) -> Traced:
    tracer = Tracer(return_path=PATH, signed_only=signed_only)
    return tracer.trace(report, tracer.clue(report), KNOWN)


def findings(found: Traced) -> list[Finding]:
    return [each.finding for each in found.reported]


@pytest.mark.parametrize("system", sorted(set(NOBODY_THERE)))
def test_a_signature_in_the_returned_mail_is_proof(system: str) -> None:
    found = traced(read(NOBODY_THERE[system](SIGNED)), signed_only=True)
    assert (found.belief, findings(found), found.reported[0].delivery_id) == (Belief.SIGNED, [Finding.HARD], ID)


def test_a_signature_in_the_address_that_it_came_to_is_proof() -> None:
    report = read(others.failed(Original(), "5.1.1").replace(b"To: news@example.com", f"To: {SIGNED.sender}".encode()))
    assert traced(report, signed_only=True).belief is Belief.SIGNED


def test_where_signatures_are_wanted_a_message_id_is_not_enough() -> None:
    found = traced(read(others.failed(NAMED, "5.1.1")), signed_only=True)
    assert (found.belief, found.reported) == (Belief.UNSIGNED, ())


def test_a_message_id_and_the_right_address_are_enough_where_that_is_allowed() -> None:
    assert traced(read(others.failed(NAMED, "5.1.1"))).belief is Belief.NAMED


def test_a_message_id_and_another_address_are_not() -> None:
    found = traced(read(others.failed(Original(id=ID.hex, to="bob@example.org"), "5.1.1")))
    assert (found.belief, found.reported) == (Belief.ANOTHER, ())


@pytest.mark.parametrize("named", ["x400; nobody", "rfc822;", "unknown; /o=Example/cn=Nobody"])
def test_a_message_id_and_no_address_are_not_enough(named: str) -> None:
    octets = others.failed(NAMED, "5.1.1").replace(
        f"Final-Recipient: rfc822; {NAMED.to}".encode(), b"Final-Recipient: " + named.encode()
    )
    report = read(octets)
    assert [each.addresses for each in report.verdicts] == [()]
    found = traced(report)
    assert (found.belief, found.reported) == (Belief.ANOTHER, ())


def test_a_complaint_that_names_nobody_may_be_about_a_copy() -> None:
    found = traced(read(others.complaint(NAMED, named=False)))
    assert (found.belief, found.reported) == (Belief.ANOTHER, ())


def test_of_several_mails_it_is_about_the_one_that_went_to_the_address() -> None:
    other = UUID(int=7)
    report = read(
        others.failed(Original(id=ID.hex), "5.1.1").replace(
            b"Subject:", f"References: <{other.hex}@example.com>\nSubject:".encode(), 1
        )
    )
    tracer = Tracer()
    clue = tracer.clue(report)
    assert clue.named == (other, ID)
    found = tracer.trace(report, clue, {other: "bob@example.org", ID: KNOWN[ID]})
    assert (found.belief, [each.delivery_id for each in found.reported]) == (Belief.NAMED, [ID])


def test_a_mail_that_nobody_sent_is_not_believed() -> None:
    assert traced(read(others.failed(Original(), "5.1.1"))).belief is Belief.UNNAMED


def test_what_is_said_of_somebody_it_was_passed_on_to_is_not_about_the_address() -> None:
    passed_on = others.failed(Original(to="ann@elsewhere.example", sender=SIGNED.sender), "5.1.1")
    assert findings(traced(read(passed_on))) == [Finding.ELSEWHERE]


@pytest.mark.parametrize(("alone", "finding"), [(True, Finding.COMPLAINT), (False, Finding.ELSEWHERE)])
def test_who_complains_unnamed_is_the_recipient_if_nobody_else_had_it(alone: object, finding: Finding) -> None:
    report = read(others.complaint(Original(sender=PATH.of(ID, alone=bool(alone))), named=False))
    assert findings(traced(report, signed_only=True)) == [finding]
