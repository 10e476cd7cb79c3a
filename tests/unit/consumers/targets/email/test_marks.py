"""Headers for providers: in mails that go to them or whose webhooks are set, and in no others."""

from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers import EmailMessage
from columba_consumers.targets.email.marks import Marks
from columba_consumers.targets.email.mime.headers import custom_headers
from columba_shared.settings import Settings

from tests.posted import sendgrid

ID = UUID("abcdef01-2345-8789-abcd-ef0123456789")
POSTMARK = {"X-PM-Metadata-columba": "abcdef0123458789abcdef0123456789"}
SENDGRID = {"X-SMTPAPI": '{"unique_args":{"columba":"abcdef0123458789abcdef0123456789"}}'}


def marked(
    folder: Path, hosts: list[str], headers: dict[str, str] | None = None, environ: dict[str, str] | None = None
) -> dict[str, str]:
    settings = Settings.from_env(environ or {}, directory=folder)
    made = Marks.of(hosts, settings)
    message = EmailMessage(subject="x", text="y", headers=headers or {})
    return dict(message.headers if made is None else made.on(message, ID).headers)


@pytest.mark.parametrize(
    ("host", "headers"),
    [
        ("smtp.postmarkapp.com", POSTMARK),
        ("smtp-broadcasts.postmarkapp.com.", POSTMARK),
        ("SMTP.SendGrid.net", SENDGRID),
        ("mail.example.com", {}),
        ("notsendgrid.net", {}),
        ("sendgrid.net.example.com", {}),
    ],
)
def test_a_mail_says_which_delivery_it_is_where_it_goes_to_the_provider(
    tmp_path: Path, host: str, headers: dict[str, str]
) -> None:
    assert marked(tmp_path, ["another.example.com", host]) == headers


def test_it_says_so_wherever_it_goes_where_the_webhook_is_set(tmp_path: Path) -> None:
    environ = {"COLUMBA_WEBHOOK_POSTMARK_SECRET": "s" * 32, "COLUMBA_WEBHOOK_SENDGRID_KEY": sendgrid.public()}
    assert marked(tmp_path, [], environ=environ) == POSTMARK | SENDGRID


def test_a_header_that_the_app_has_set_is_left(tmp_path: Path) -> None:
    own = {"x-smtpapi": '{"category":"a"}', "X-Own": "1"}
    assert marked(tmp_path, ["smtp.sendgrid.net"], own) == own


def test_the_headers_are_written_on_a_line_each(tmp_path: Path) -> None:
    lines = custom_headers(marked(tmp_path, ["smtp.sendgrid.net", "smtp.postmarkapp.com"])).split("\r\n")
    assert lines == [f"{name}: {value}" for name, value in (POSTMARK | SENDGRID).items()] + [""]
