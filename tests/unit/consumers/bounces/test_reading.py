"""What a report means: who is gone, who is in trouble, who complains, and what is no report at all."""

import pytest
from columba_consumers.bounces import Report, Sort, read
from columba_shared.log.bounce import Finding

from tests.bounced import others
from tests.bounced.dsn import Original, dsn, mail

ANN = Original()


def findings(report: Report) -> list[Finding]:
    return [each.finding for each in report.verdicts]


@pytest.mark.parametrize(
    ("status", "words", "finding"),
    [
        ("5.1.1", "", Finding.HARD),
        ("5.1.6", "551 5.1.6 moved", Finding.HARD),
        ("5.0.0", "550-5.1.1 nobody\n 550 5.1.1 here", Finding.HARD),
        ("5.0.0", "556 this domain takes no mail", Finding.HARD),
        ("5.1.1", "550 5.7.1 your network is on a list", Finding.REFUSED),
        ("5.1.1", "550 unknown", Finding.HARD),
        ("5.0.0", "550 unknown or unwanted, who knows", Finding.SOFT),
        ("5.1.2", "", Finding.SOFT),
        ("5.2.1", "", Finding.SOFT),
        ("5.2.2", "552 5.2.2 full", Finding.SOFT),
        ("4.4.7", "", Finding.SOFT),
        ("5.4.4", "", Finding.SOFT),
        ("5.7.1", "550 5.7.1 spam", Finding.REFUSED),
        ("4.7.0", "", Finding.REFUSED),
        ("4.5.3", "", Finding.REFUSED),
        ("4.6.1", "", Finding.REFUSED),
        ("5.6.0", "", Finding.REFUSED),
        ("no code", "", Finding.SOFT),
    ],
)
def test_a_failure_means_what_its_codes_say_and_no_more(status: str, words: str, finding: Finding) -> None:
    assert findings(read(others.failed(ANN, status, words))) == [finding]


def test_a_delay_is_no_failure() -> None:
    assert findings(read(others.failed(ANN, "4.4.1", "451 4.4.1 no answer", action="delayed"))) == [Finding.DELAYED]


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_good_news_needs_nothing(action: str) -> None:
    report = read(others.failed(ANN, "2.1.5", action=action))
    assert (report.sort, report.verdicts) == (Sort.GOOD_NEWS, ())


def test_of_several_recipients_only_those_that_failed_are_named() -> None:
    [verdict] = read(others.several(ANN, "bob@example.org", "cid@example.org")).verdicts
    assert verdict.addresses == ("ann@example.org",)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("rfc822;ann+2Btag@example.org", "ann+tag@example.org"),
        ("rfc822;<Ann@EXAMPLE.org>", "ann@example.org"),
        ("ann@example.org", "ann@example.org"),
        ("utf-8; ann\\x{F6}@example.org", "annö@example.org"),
        ("RFC822 ; ann@example.org", "ann@example.org"),
        (b"rfc822;ann@b\\u00fccher.example".decode("unicode_escape"), "ann@bücher.example"),
    ],
)
def test_an_address_is_read_however_it_is_written(written: str, address: str) -> None:
    fields = f"Original-Recipient: {written}\nFinal-Recipient: x400; /CN=ann/\nAction: failed\nStatus: 5.1.1\n"
    [verdict] = read(dsn(ANN, fields)).verdicts
    assert address in verdict.addresses


@pytest.mark.parametrize("kind", ["abuse", "fraud", "opt-out", "Abuse "])
def test_a_complaint_is_understood(kind: str) -> None:
    report = read(others.complaint(ANN, kind))
    assert (report.sort, findings(report)) == (Sort.COMPLAINT, [Finding.COMPLAINT])
    assert report.verdicts[0].addresses == ("ann@example.org",)


def test_a_complaint_that_does_not_name_who_complains_is_one_too() -> None:
    report = read(others.complaint(ANN, named=False))
    assert (findings(report), report.verdicts[0].addresses) == ([Finding.COMPLAINT], ())
    assert ANN.id in report.evidence


def test_a_mail_that_a_provider_passes_on_is_a_complaint() -> None:
    report = read(others.passed_on(ANN))
    assert (report.sort, report.verdicts[0].addresses) == (Sort.COMPLAINT, ("ann@example.org",))


@pytest.mark.parametrize(
    ("kind", "sort"), [("not-spam", Sort.GOOD_NEWS), ("auth-failure", Sort.OTHER), ("", Sort.OTHER)]
)
def test_other_feedback_is_no_complaint(kind: str, sort: Sort) -> None:
    report = read(others.complaint(ANN, kind))
    assert (report.sort, report.verdicts) == (sort, ())


@pytest.mark.parametrize(
    "mail",
    [
        others.away(ANN),
        others.away(ANN, X_Autoreply="yes"),
        others.away(ANN, Auto_Submitted="auto-replied", Subject="Please confirm that you are a person"),
    ],
)
def test_an_automatic_reply_says_nothing_of_the_address(mail: bytes) -> None:
    report = read(mail)
    assert (report.sort, report.verdicts) == (Sort.AUTOMATIC, ())


def test_that_somebody_read_it_needs_nothing() -> None:
    assert read(others.receipt(ANN)).sort is Sort.GOOD_NEWS


def test_a_report_inside_the_returned_mail_is_about_another_one() -> None:
    inner = others.failed(Original(to="bob@example.org"), "5.1.1").decode().replace("\r\n", "\n")
    body = f"--x\nContent-Type: message/rfc822\n\n{inner}\n--x--\n"
    report = read(mail(body, kind="multipart/mixed; boundary=x"))
    assert (report.sort, report.verdicts) == (Sort.OTHER, ())


@pytest.mark.parametrize("before", ["", "From MAILER-DAEMON Sun Nov 22 09:00:07 2026\n", "\n\n"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_how_a_mail_server_hands_it_over_does_not_matter(before: str, ending: str) -> None:
    octets = (before + others.failed(ANN, "5.1.1").decode().replace("\r\n", "\n")).replace("\n", ending).encode()
    assert findings(read(octets)) == [Finding.HARD]


@pytest.mark.parametrize("encoding", ["base64", "quoted-printable"])
def test_an_encoded_report_is_decoded(encoding: str) -> None:
    encoded = {
        "base64": "RmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFubkBleGFtcGxlLm9yZwpBY3Rpb246IGZhaWxlZApTdGF0dXM6IDUuMS4xCg==",
        "quoted-printable": "Final-Recipient: rfc822; ann=40example.org\nAction: fail=\ned\nStatus: 5.1.1\n",
    }[encoding]
    octets = dsn(ANN, encoded, status_kind=f"message/delivery-status\nContent-Transfer-Encoding: {encoding}")
    [verdict] = read(octets).verdicts
    assert (verdict.finding, verdict.addresses) == (Finding.HARD, ("ann@example.org",))
