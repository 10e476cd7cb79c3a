"""Whole report mails that a relay posts: the secret lets them in, and does not make them believed."""

import pytest
from columba_consumers.bounces.posted.relay import Relay
from columba_consumers.bounces.tracing import Belief
from columba_consumers.posting.post import Forged, Nonsense
from columba_shared.log.bounce import Finding

from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE
from tests.unit.consumers.bounces.posted.judged import DELIVERY, PATH, TO, findings, post

SECRET = "s" * 32
SHOWN = {"Authorization": f"Bearer {SECRET}"}
SIGNED = NOBODY_THERE["postfix"](Original(to=TO, sender=PATH.of(DELIVERY, alone=True)))
NAMED = NOBODY_THERE["postfix"](Original(to=TO, id=DELIVERY.hex))


@pytest.mark.parametrize("kind", ["message/rfc822", "", "text/plain", "application/x-www-form-urlencoded"])
def test_a_report_is_read_as_from_a_pipe_whatever_its_type_is_said_to_be(kind: str) -> None:
    assert findings(Relay([SECRET]), post(SIGNED, SHOWN | {"Content-Type": kind})) == [(Belief.SIGNED, [Finding.HARD])]


def test_what_nobody_here_has_signed_is_no_more_believed_than_from_a_pipe() -> None:
    assert findings(Relay([SECRET]), post(NAMED, SHOWN)) == [(Belief.UNSIGNED, [])]


def test_a_mail_that_is_no_report_says_nothing() -> None:
    assert Relay([SECRET]).reports(post(b"From: ann@example.org\r\nSubject: hello\r\n\r\nhello\r\n", SHOWN)) == []


@pytest.mark.parametrize(
    "shown", ["", "Bearer", f"Bearer {SECRET}x", f"Basic {SECRET}", f"bearer {SECRET[:-1]}", SECRET]
)
def test_without_the_secret_it_is_refused(shown: str) -> None:
    with pytest.raises(Forged):
        Relay([SECRET]).reports(post(SIGNED, {"Authorization": shown}))


def test_nothing_at_all_is_nonsense() -> None:
    with pytest.raises(Nonsense, match="no mail"):
        Relay([SECRET]).reports(post(b"\r\n", SHOWN))


def test_a_form_is_nonsense_and_told_how_to_do_it() -> None:
    with pytest.raises(Nonsense, match="--data-binary"):
        Relay([SECRET]).reports(post(SIGNED, SHOWN | {"Content-Type": "Multipart/form-data; boundary=x"}))
