"""Webhooks' keys, secrets and topics: what cannot be one is told, without telling it."""

from pathlib import Path

import pytest
from columba_shared.errors import InvalidSettings
from columba_shared.settings import SETTINGS, Settings

from tests.posted import sendgrid
from tests.posted.sns import TOPIC

PUBLIC = sendgrid.public()


def read(folder: Path, **environ: str) -> Settings:
    return Settings.from_env({f"COLUMBA_WEBHOOK_{name}": value for name, value in environ.items()}, directory=folder)


def test_several_of_each_may_be_given(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        MAILGUN_KEY=f"{'a' * 32}, key-{'b' * 28}",
        SENDGRID_KEY=f"{PUBLIC},{PUBLIC}",
        POSTMARK_SECRET=f"{'c' * 32},{'d' * 32}",
        SES_TOPICS=f"{TOPIC}, arn:aws-us-gov:sns:us-gov-west-1:123456789012:All_of-it.fifo",
        RELAY_SECRET="e" * 32,
    )
    assert [len(found.webhook_mailgun_key), len(found.webhook_postmark_secret), len(found.webhook_relay_secret)] == [
        2,
        2,
        1,
    ]
    assert found.webhook_sendgrid_key == (PUBLIC,)
    assert len(found.webhook_ses_topics) == 2


@pytest.mark.parametrize(
    ("name", "value", "fix"),
    [
        ("MAILGUN_KEY", "short", "the key that Mailgun shows"),
        ("MAILGUN_KEY", f"{'a' * 32} {'b' * 32}", "the key that Mailgun shows"),
        ("SENDGRID_KEY", "SG.an-api-key", "verification key"),
        ("SENDGRID_KEY", PUBLIC[:-4], "verification key"),
        ("SENDGRID_KEY", PUBLIC.replace("DAQcD", "DAQcE"), "verification key"),
        ("POSTMARK_SECRET", "c" * 31, "openssl rand -hex 24"),
        ("POSTMARK_SECRET", f"{'c' * 32}/@", "stands in a link"),
        ("SES_TOPICS", "bounces", "arn:aws:sns:eu-west-1:123456789012:bounces"),
        ("SES_TOPICS", "arn:aws:sqs:eu-west-1:123456789012:bounces", "topics of Amazon SNS"),
        ("SES_TOPICS", "arn:aws-cn:sns:cn-north-1:123456789012:bounces", "topics of Amazon SNS"),
        ("RELAY_SECRET", "e" * 31, "openssl rand"),
    ],
)
def test_what_cannot_be_one_is_told_with_its_fix(tmp_path: Path, name: str, value: str, fix: str) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read(tmp_path, **{name: value})
    assert f"COLUMBA_WEBHOOK_{name}" in str(caught.value)
    assert fix in str(caught.value)
    assert value not in str(caught.value).replace("arn:aws:sns:eu-west-1:123456789012:bounces", "")


def test_a_secret_may_be_in_a_file_and_is_never_shown(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("e" * 32 + "\n")
    found = read(tmp_path, RELAY_SECRET_FILE=str(tmp_path / "secret"))
    (setting,) = [each for each in SETTINGS if each.name == "COLUMBA_WEBHOOK_RELAY_SECRET"]
    assert (tuple(found.webhook_relay_secret), found.shown(setting)) == (("e" * 32,), "1 key")
    assert "eeee" not in repr(found)
