"""The values of settings, as people may see them."""

from datetime import date, time, timedelta
from typing import Final

from columba_shared.redaction import redacted
from columba_shared.settings.file_destinations import Destinations
from columba_shared.settings.file_validators import Ruling
from columba_shared.settings.keys import Keys
from columba_shared.settings.parsers import Amount
from columba_shared.settings.setting import Setting
from columba_shared.settings.smtp_accounts import SmtpAccounts, SmtpRoute

_HIDDEN: Final = "***"


def shown(setting: Setting, value: object) -> str:
    """Return a setting's value without what is secret of it: of a URL the rest is told, of anything else nothing."""
    if value == "":
        return setting.shown_default or "none"
    if not setting.secret or value is None or isinstance(value, Keys | SmtpAccounts | Destinations):
        return words(value)
    return redacted(value) if isinstance(value, str) and "://" in value else _HIDDEN


def words(value: object) -> str:  # noqa: PLR0911 - one line for each type of value
    """Return a value as it is written, or nearly so."""
    match value:
        case None:
            return "none"
        case timedelta():
            return f"{value.total_seconds():g} s"
        case (time() as begin, time() as end):
            return f"{begin:%H:%M}-{end:%H:%M}"
        case (date() as day, float() as rate):
            return f"{day}={rate * 86_400:g}/d"
        case Keys() | SmtpAccounts() | Destinations() | Amount():
            return str(value)
        case (SmtpRoute(), *_) | (Ruling(), *_):
            return "; ".join(map(str, value))
        case dict():
            return ", ".join(f"{name}={rate:g}/s" for name, rate in value.items()) or "none"
        case tuple():
            return ", ".join(str(each) for each in value)
        case _:
            return str(value)
