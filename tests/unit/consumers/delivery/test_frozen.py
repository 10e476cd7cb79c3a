"""Messages kept word for word: the same message, the same digest; read back as it was, or not at all."""

import pytest
from columba_consumers.delivery.frozen import FrozenUnreadable, exact, thaw
from columba_consumers.email_message import EmailMessage
from columba_consumers.invite import Invite
from columba_consumers.raw_email import RawEmail
from columba_consumers.rendering import EMAIL_PARTS
from columba_consumers.rendering.errors import RenderError
from columba_shared.attachment import Attachment
from msgspec.structs import replace

HELLO = EmailMessage(subject="Grüße ✓", text="Löwe\n", html="<p>Löwe</p>", headers={"X-Shop": "7", "X-A": "b"})
FILES = replace(
    HELLO,
    attachments=(
        Attachment(name="März.pdf", content=bytes(range(256))),
        Attachment(name="l.png", content=b"", media_type="image/png", cid="l"),
    ),
    invite=Invite(calendar="BEGIN:VCALENDAR\nMETHOD:CANCEL\nEND:VCALENDAR\n"),
)


@pytest.mark.parametrize("message", [HELLO, FILES, RawEmail(content=b"From: a@example.com\r\n\r\n\xff\r\n")])
def test_a_message_comes_back_as_it_was_kept(message: EmailMessage | RawEmail) -> None:
    assert thaw(exact(message).content, EMAIL_PARTS.kept) == message


def test_the_same_message_has_the_same_digest_however_its_headers_are_ordered() -> None:
    again = EmailMessage(subject="Grüße ✓", text="Löwe\n", html="<p>Löwe</p>", headers={"X-A": "b", "X-Shop": "7"})
    assert exact(again).digest == exact(HELLO).digest


@pytest.mark.parametrize(
    "other",
    [
        EmailMessage(subject="Grüße", text="Löwe\n", html="<p>Löwe</p>", headers={"X-Shop": "7", "X-A": "b"}),
        EmailMessage(subject="Grüße ✓", text="Löwe", html="<p>Löwe</p>", headers={"X-Shop": "7", "X-A": "b"}),
        EmailMessage(subject="Grüße ✓", text="Löwe\n", headers={"X-Shop": "7", "X-A": "b"}),
        EmailMessage(subject="Grüße ✓", text="Löwe\n", html="<p>Löwe</p>"),
        replace(HELLO, attachments=(Attachment(name="a", content=b"x"),)),
    ],
)
def test_another_message_has_another_digest(other: EmailMessage) -> None:
    assert exact(other).digest != exact(HELLO).digest


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"subject": 7}', b"\xff"])
def test_what_is_no_message_of_the_target_ends_the_delivery(content: bytes) -> None:
    with pytest.raises(FrozenUnreadable, match="the frozen message cannot be read") as caught:
        thaw(content, EmailMessage)
    assert isinstance(caught.value, RenderError)
    assert caught.value.permanent
