"""Messages kept word for word: the same message, the same digest; read back as it was, or not at all."""

import pytest
from columba_consumers.delivery.frozen import FrozenUnreadable, exact, thaw
from columba_consumers.email_message import EmailMessage
from columba_consumers.rendering.errors import RenderError

HELLO = EmailMessage(subject="Grüße ✓", text="Löwe\n", html="<p>Löwe</p>", headers={"X-Shop": "7", "X-A": "b"})


def test_a_message_comes_back_as_it_was_kept() -> None:
    assert thaw(exact(HELLO).content, EmailMessage) == HELLO


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
