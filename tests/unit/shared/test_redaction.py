"""Passwords in URLs."""

import pytest
from columba_shared.redaction import redacted


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("amqp://shop:hunter2@mq:5672/v", "amqp://shop:***@mq:5672/v"),
        ("amqp://:hunter2@mq", "amqp://:***@mq"),
        ("postgresql+psycopg://a:p@ss/w@rd@db/x", "postgresql+psycopg://a:***@db/x"),
        (
            "postgresql://db/x?user=a&password=hunter2&sslmode=require",
            "postgresql://db/x?user=a&password=***&sslmode=require",
        ),
        ("https://example.com/hook?token=hunter2", "https://example.com/hook?token=***"),
        ("sqlite:///columba.db", "sqlite:///columba.db"),
        ("smtp://mail:587", "smtp://mail:587"),
        ("amqp://a:hunter2@one;amqp://b:hunter2@two", "amqp://a:***@two"),
    ],
)
def test_a_url_is_shown_without_its_password(url: str, shown: str) -> None:
    assert redacted(url) == shown
