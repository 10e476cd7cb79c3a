"""What is signed is verified by dkimpy, which shares no line with us; what is changed on the way is not."""

from pathlib import Path

import dkim
import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.targets.email.dkim.signers import Signers
from columba_shared.attachment import Attachment
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.consumers.targets.email.dkim.keys import Kind, dns, key_in
from tests.unit.consumers.targets.email.mime.corpus import BODIES, TEXTS
from tests.unit.consumers.targets.email.mime.parsed import WHEN, built

_LISTS = {"List-Unsubscribe": "<https://example.com/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
_MAIL = EmailMessage(subject="Grüße", text="Hello\n", html="<p>  Hello \t</p>\n", headers=_LISTS)


@pytest.fixture(scope="module", params=["rsa", "ed25519"])
def signers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Signers:
    """Signers with a key of either kind."""
    kind: Kind = request.param
    return Signers([key_in(tmp_path_factory.mktemp("keys"), kind)])


def _verified(mail: bytes, domain: str = "example.com") -> bool:
    """Ask about the mail as it comes out of SMTP, which ends its last line."""
    return bool(dkim.verify(mail if mail.endswith(b"\r\n") else mail + b"\r\n", dnsfunc=dns(domain)))


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize("html", [False, True])
def test_a_mail_of_any_body_is_verified(signers: Signers, body: str, *, html: bool) -> None:
    message = EmailMessage(subject="s", text=body, html=body if html else None, headers=_LISTS)
    assert _verified(signers.signed(built(message), "example.com", at=WHEN))


@pytest.mark.parametrize("text", TEXTS)
def test_a_mail_of_any_headers_is_verified(signers: Signers, text: str) -> None:
    message = EmailMessage(
        subject=text, text="t", headers={"X-Note": text}, cc=tuple(f"c{n}@example.org" for n in range(30))
    )
    assert _verified(signers.signed(built(message, name=text), "example.com", at=WHEN))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b" \r\n",
        b"a",
        b"a \t b \r\n\t\r\n",
        b"a\r\n \r\n\r\n",
        b"a\r\n  ",
        b"\t a",
        "ü\r\n".encode(),
    ],
)
def test_what_the_app_has_finished_is_verified_however_it_ends(signers: Signers, body: bytes) -> None:
    mail = b"FROM:  Ann\r\n  <ann@example.com>\r\nSubject:\r\nto:b@example.org\r\n\r\n" + body
    signed = signers.signed(mail, "example.com", at=WHEN)
    assert signed.endswith(mail)
    assert _verified(signed)


@given(body=st.lists(st.sampled_from([b" ", b"\t", b"\r\n", b"a", b".", b"\xff"]), max_size=14).map(b"".join))
def test_blanks_and_empty_lines_are_taken_as_the_verifier_takes_them(signers: Signers, body: bytes) -> None:
    mail = b"From: ann@example.com\r\n\r\n" + body
    assert _verified(signers.signed(mail, "example.com", at=WHEN))


def test_files_are_signed_as_they_go_out(signers: Signers) -> None:
    files = (Attachment(name="März.pdf", content=bytes(range(256)) * 400),)
    assert _verified(
        signers.signed(built(EmailMessage(subject="s", text="t", attachments=files)), "example.com", at=WHEN)
    )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello", b"Hallo"),
        (b"\r\nFrom: ", b"\r\nFrom: eve@example.net\r\nFrom: "),
        (b"\r\nSubject: ", b"\r\nSubject: bargain\r\nSubject: "),
        (b"<https://example.com/u>", b"<https://example.net/u>"),
        (b"\r\nList-Unsubscribe: ", b"\r\nList-Unsubscribe: <https://example.net/u>\r\nList-Unsubscribe: "),
        (b"=One-Click\r\n", b"=One-Click\r\nReply-To: eve@example.net\r\n"),
        (b"\r\nContent-Type: multipart", b"\r\nContent-Type: text/html\r\nContent-Type: multipart"),
    ],
)
def test_what_is_changed_or_added_on_the_way_is_noticed(signers: Signers, old: bytes, new: bytes) -> None:
    signed = signers.signed(built(_MAIL), "example.com", at=WHEN)
    changed = signed.replace(old, new, 1)
    assert changed != signed
    assert not _verified(changed)


def test_what_servers_do_on_the_way_is_forgiven(signers: Signers) -> None:
    signed = signers.signed(built(_MAIL), "example.com", at=WHEN)
    head, _, body = signed.partition(b"\r\n\r\n")
    travelled = b"Received: by mx\r\n" + head.replace(b"Subject: ", b"SUBJECT:   ") + b"\r\n\r\n" + body + b"\r\n\r\n"
    assert _verified(travelled)


def test_both_keys_of_a_domain_sign_and_both_are_verified(tmp_path: Path) -> None:
    signed = Signers([key_in(tmp_path, "rsa"), key_in(tmp_path, "ed25519")]).signed(
        built(_MAIL), "example.com", at=WHEN
    )
    verifier = dkim.DKIM(signed)
    assert [verifier.verify(idx=index, dnsfunc=dns()) for index in (0, 1)] == [True, True]
    assert signed.count(b"DKIM-Signature:") == 2


def test_a_domain_is_signed_for_by_its_own_key_or_that_of_the_nearest_above(tmp_path: Path) -> None:
    signers = Signers([key_in(tmp_path, "rsa"), key_in(tmp_path, "ed25519", "news.example.com")])
    assert b"d=news.example.com;" in signers.signed(built(_MAIL), "a.news.example.com", at=WHEN)
    assert b"d=example.com;" in signers.signed(built(_MAIL), "Shop.Example.com", at=WHEN)
    for stranger in ("example.org", "notexample.com", "com", ""):
        assert signers.signed(built(_MAIL), stranger, at=WHEN) == built(_MAIL)


def test_what_somebody_has_signed_is_left_as_it_is(signers: Signers) -> None:
    signed = b"dkim-signature: v=1; d=example.com\r\nFrom: ann@example.com\r\n\r\nhi\r\n"
    assert signers.signed(signed, "example.com", at=WHEN) == signed


def test_the_lines_of_a_signature_are_short(signers: Signers) -> None:
    signature = signers.signed(built(_MAIL), "example.com", at=WHEN).partition(b"\r\nFrom: ")[0]
    assert max(map(len, signature.split(b"\r\n"))) <= 78
