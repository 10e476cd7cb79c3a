"""Providers' webhooks: whether what serves them and what checks their signatures is installed."""

from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from columba_shared.errors import InvalidSettings
from columba_shared.settings.sms import SMS

from columba_consumers.cli.checks.finding import Finding, note, ok, problem

if TYPE_CHECKING:
    from columba_shared.settings import Settings

_SERVES: Final = ("starlette", "uvicorn")
_SIGNED: Final = {"sendgrid", "ses"}
_SMS: Final = "sms"
_RECEIPTS: Final = "/receipts/twilio"
_FIX: Final = "pip install 'columba-consumers[web]'"


def check_webhooks(settings: "Settings") -> Iterator[Finding]:
    """Yield what there is to say of those that are set; nothing where none is."""
    from columba_consumers.bounces.posted.providers import SETTINGS, named

    found, receipts = list(named(settings)), None
    try:
        receipts = settings.own(_SMS, SMS)["receipts"]
    except InvalidSettings as error:
        if _SMS not in settings.targets:  # else `check_targets` tells
            for each in error.problems:
                yield problem("webhooks", str(each), fix=f"mend {each.name}")
    if not found and receipts is None:
        return
    setting = SETTINGS[found[0]] if found else "COLUMBA_SMS_RECEIPTS"
    wanted = [*_SERVES, *(["cryptography"] if _SIGNED.intersection(found) else [])]
    missing = [name for name in wanted if find_spec(name) is None]
    if missing:
        text = f"{setting} is set, and {', '.join(missing)} is not installed"
        yield problem("webhooks", text, fix=_FIX)
        return
    taken = [*(f"/bounces/{name}" for name in found), *([_RECEIPTS] if receipts else [])]
    yield ok("webhooks", f"`columba web` takes {', '.join(taken)}")
    if receipts and not receipts.endswith(_RECEIPTS):
        text = f"COLUMBA_SMS_RECEIPTS does not end in {_RECEIPTS}, which is where `columba web` takes receipts"
        yield note("webhooks", text, fix=f"set it to https://…{_RECEIPTS}, unless a proxy makes that of it")
    if "ses" in found and not (settings.bounce_address and settings.bounce_keys):
        text = "Amazon SES names our Message-ID only where its notifications include the original headers"
        yield note(
            "webhooks", text, fix="turn that on for the identity, or set COLUMBA_BOUNCE_ADDRESS and COLUMBA_BOUNCE_KEYS"
        )
