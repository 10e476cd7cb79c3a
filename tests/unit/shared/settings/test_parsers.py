"""How the text of a setting becomes a value."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from columba_shared.settings import SETTINGS, parsers


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parsers.whole(1, 10), "10", 10),
        (parsers.seconds(0, 10), "0.5", timedelta(milliseconds=500)),
        (parsers.names, "email, sms,email,", ("email", "sms")),
        (parsers.broker_url, "amqps://mq;amqps://mq2", "amqps://mq;amqps://mq2"),
        (parsers.database_url, "mysql+pymysql://u:p@h/x", "mysql+pymysql://u:p@h/x"),
        (parsers.smtp_url, "smtps://mail", "smtps://mail"),
        (parsers.http_url, "https://example.com/", "https://example.com"),
        (parsers.http_url, "http://127.0.0.1:8080/api", "http://127.0.0.1:8080/api"),
        (parsers.address, "News <news@example.com>", "News <news@example.com>"),
        (parsers.domain, "mail.example.com", "mail.example.com"),
        (parsers.optional(parsers.whole(1, 2)), "", None),
    ],
)
def test_a_good_text_is_read(parse: Callable[[str], object], text: str, value: object) -> None:
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text"),
    [
        *((parsers.whole(1, 10), text) for text in ("0", "11", "-1", "1.0", "", " 1", "٣", "1e3", "9" * 5000)),
        *((parsers.seconds(1, 10), text) for text in ("0", "11", "nan", "inf", "-1", "", "1 s", "x")),
        *((parsers.names, text) for text in ("", ",", "E-Mail", "a.b", "a b", "x" * 101)),
        *((parsers.broker_url, text) for text in ("memory", "memory://x", "redis://x", "http://x")),
        *((parsers.database_url, text) for text in ("columba.db", "://x", "SQLITE:///x", "sqlite:///x\n")),
        *((parsers.smtp_url, text) for text in ("mail", "smtp://", "http://mail", "smtp://mail:x", "smtp://mail\n")),
        *((parsers.http_url, text) for text in ("example.com", "ftp://x", "https://", "https://x:y", "https://x/?a=b")),
        *((parsers.address, text) for text in ("bob", "@x", "bob@", "a@x, b@y", "a b@x", "a@x\nBcc: b@y", "<a@x")),
        *((parsers.domain, text) for text in ("", "-x", "x y", "x\n", "x@y")),
        *((parsers.one_of("a", "b"), text) for text in ("", "A", "ab")),
        *((parsers.text, text) for text in ("a\nb", "\x00")),
        *((parsers.path, text) for text in ("", "a\0b")),
    ],
)
def test_a_bad_text_is_refused(parse: Callable[[str], object], text: str) -> None:
    with pytest.raises(ValueError, match=r"must|holds|is no|takes no"):
        parse(text)


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_default_can_be_read(setting: object) -> None:
    (one,) = [each for each in SETTINGS if each is setting]
    one.parse(one.default)
