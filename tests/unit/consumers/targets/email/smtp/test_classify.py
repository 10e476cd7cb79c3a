"""The table that says what a reply means for a delivery."""

import pytest
from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Temporary, Unknown
from columba_consumers.targets.email.smtp.classify import Phase, refusal
from columba_consumers.targets.email.smtp.reply import Reply

_SETUP = (Phase.GREETING, Phase.EHLO, Phase.STARTTLS, Phase.AUTH)
_ENVELOPE = (Phase.MAIL, Phase.RCPT, Phase.DATA)


@pytest.mark.parametrize("phase", _SETUP)
@pytest.mark.parametrize("code", [220, 334, 421, 454, 500, 535, 554])
def test_before_a_mail_is_mentioned_every_refusal_is_the_servers(phase: Phase, code: int) -> None:
    assert _kind(phase, code) is TargetDown


@pytest.mark.parametrize("phase", _ENVELOPE)
@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (421, TargetDown),
        (450, Temporary),
        (451, Temporary),
        (452, Temporary),
        (530, TargetDown),
        (535, TargetDown),
        (550, Permanent),
        (552, Permanent),
        (554, Permanent),
        (250, Temporary),
        (354, Temporary),
    ],
)
def test_before_the_last_dot_nothing_is_in_doubt(phase: Phase, code: int, kind: type[DeliveryError]) -> None:
    assert _kind(phase, code) is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [(421, Temporary), (451, Temporary), (452, Temporary), (552, Permanent), (554, Permanent), (354, Unknown)],
)
def test_the_answer_to_a_mail_concerns_that_mail_alone(code: int, kind: type[DeliveryError]) -> None:
    assert _kind(Phase.FINAL, code) is kind


def test_an_error_carries_the_code_and_what_the_server_said() -> None:
    error = refusal(Phase.RCPT, Reply(550, (b"5.1.1 no such", b"user")))
    assert (error.code, error.reply) == ("550", "550 5.1.1 no such user (in reply to RCPT TO)")


def _kind(phase: Phase, code: int) -> type[DeliveryError]:
    return type(refusal(phase, Reply(code, (b"text",))))
