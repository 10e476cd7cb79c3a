"""What is wrong with a setting is said at the start, with the variable's name."""

from pathlib import Path

import pytest
from columba_consumers.targets.email.addresses import Mailbox
from columba_consumers.targets.email.settings import EmailSettings, email_settings, hello_name
from columba_consumers.targets.email.smtp.server import Tls
from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings


def _settings(**variables: str) -> EmailSettings:
    environ = {f"COLUMBA_{name}": value for name, value in variables.items()}
    return email_settings(Settings.from_env(environ, directory=Path("nowhere")))


def test_without_a_server_mail_goes_to_the_folder() -> None:
    found = _settings(MAIL_FROM="news@example.com", MAILDIR="somewhere")
    assert found.accounts == ()
    assert found.maildir == Path("somewhere")


def test_every_setting_is_used() -> None:
    found = _settings(
        MAIL_FROM="Über uns <news@bücher.example>",
        SMTP_URL="smtp+starttls://bob:secret@mail.example.com",
        SINK_EMAIL="sink@example.net",
        SMTP_CONNECTIONS="7",
        SMTP_TIMEOUT="30",
    )
    (account,) = found.accounts
    server = account.server
    assert (server.host, server.tls, server.password) == ("mail.example.com", Tls.STARTTLS, "secret")
    assert found.sender == Mailbox(address="news@xn--bcher-kva.example", name="Über uns")
    assert found.message_id_domain == "xn--bcher-kva.example"
    assert found.sink == Mailbox(address="sink@example.net")
    assert (found.connections, account.connections, account.name) == (7, 7, None)
    assert (found.timeouts.command_seconds, found.timeouts.final_seconds) == (30, 300)
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMTP_URL", "smtp://bob:secret@mail.example.com?tls=none"),
        ("SMTP_URL", "smtp://mail.example.com?tls=perhaps"),
        ("MAIL_FROM", "news@exam_ple.com"),
        ("SMTP_CA_FILE", "no/such/file"),
        ("SMTP_CA_FILE", __file__),
        ("SINK_EMAIL", '"quo"ted"@example.com'),
    ],
)
def test_an_error_names_the_variable_and_shows_no_password(name: str, value: str) -> None:
    variables = {"MAIL_FROM": "news@example.com"} | {name: value}
    with pytest.raises(InvalidSetting) as caught:
        _settings(**variables)
    assert caught.value.name == f"COLUMBA_{name}"
    assert "secret" not in f"{caught.value} {caught.value.__cause__}"


@pytest.mark.parametrize(
    ("host", "name"), [("mail-1.example.com", "mail-1.example.com"), ("my_host", "[127.0.0.1]"), ("", "[127.0.0.1]")]
)
def test_we_call_ourselves_by_a_name_that_servers_accept(host: str, name: str) -> None:
    assert hello_name(host) == name
