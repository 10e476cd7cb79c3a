"""Whose posts are taken: the webhooks that are set, each with its secret, key or topics."""

from collections.abc import Iterator, Mapping
from typing import Final

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Settings

from columba_consumers.bounces.posted.amazon import Amazon
from columba_consumers.bounces.posted.mailgun import Mailgun
from columba_consumers.bounces.posted.postmark import Postmark
from columba_consumers.bounces.posted.provider import Provider
from columba_consumers.bounces.posted.relay import Relay

Providers = Mapping[str, Provider]
"""By the last part of their paths."""
SETTINGS: Final = {
    "mailgun": "COLUMBA_WEBHOOK_MAILGUN_KEY",
    "sendgrid": "COLUMBA_WEBHOOK_SENDGRID_KEY",
    "postmark": "COLUMBA_WEBHOOK_POSTMARK_SECRET",
    "ses": "COLUMBA_WEBHOOK_SES_TOPICS",
    "relay": "COLUMBA_WEBHOOK_RELAY_SECRET",
}
_FIX: Final = "needs pip install 'columba-consumers[web]': what checks signatures is not installed"


def named(settings: Settings) -> Iterator[str]:
    """Yield which webhooks are set."""
    for name, setting in SETTINGS.items():
        if getattr(settings, setting.removeprefix("COLUMBA_").lower()):
            yield name


def providers(settings: Settings, amazon: Amazon | None = None) -> Providers:
    """Return those that are set; raises InvalidSetting where a library is missing."""
    return {name: _made(name, settings, amazon) for name in named(settings)}


def _made(name: str, settings: Settings, amazon: Amazon | None) -> Provider:
    match name:
        case "mailgun":
            return Mailgun(settings.webhook_mailgun_key)
        case "postmark":
            return Postmark(settings.webhook_postmark_secret)
        case "relay":
            return Relay(settings.webhook_relay_secret)
    try:
        return _with_signatures(name, settings, amazon)
    except ModuleNotFoundError as error:
        raise InvalidSetting(SETTINGS[name], _FIX) from error


def _with_signatures(name: str, settings: Settings, amazon: Amazon | None) -> Provider:
    """Return one that needs `cryptography`, which is loaded only then."""
    if name == "sendgrid":
        from columba_consumers.bounces.posted.sendgrid import SendGrid  # noqa: PLC0415 - an extra: not always there

        return SendGrid(settings.webhook_sendgrid_key)
    from columba_consumers.bounces.posted.ses import Ses  # noqa: PLC0415 - as above
    from columba_consumers.bounces.posted.sns import Sns  # noqa: PLC0415 - as above

    return Ses(Sns(settings.webhook_ses_topics, amazon or Amazon()).message)
