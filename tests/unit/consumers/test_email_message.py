"""What an email message must be."""

import pytest
from columba_consumers.email_message import MAX_COPIES, EmailMessage


def test_a_message_that_says_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        EmailMessage(subject="s")


def test_an_empty_text_is_a_text() -> None:
    assert EmailMessage(subject="s", text="").text == ""


def test_a_message_for_a_crowd_is_refused() -> None:
    crowd = tuple(f"bob{number}@example.com" for number in range(MAX_COPIES))
    assert EmailMessage(subject="s", text="t", bcc=crowd).bcc == crowd
    with pytest.raises(ValueError, match="at most"):
        EmailMessage(subject="s", text="t", bcc=crowd, cc=("one@example.com",))
