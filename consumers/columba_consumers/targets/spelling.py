"""The one spelling of an address on its target: by it people are suppressed, capped, and told once."""

import re
from functools import cache
from importlib.util import find_spec
from typing import Final

from columba_shared.address import bare
from columba_shared.addresses import Spelled, kept_address
from columba_shared.event import USER_PREFIX
from columba_shared.settings import Settings
from columba_shared.settings.sms import REGION

from columba_consumers.targets.sms.numbers import e164, is_region

_NUMBER_LIKE: Final = re.compile(r"\+?[0-9\s()./-]{6,40}")


def spelled_by(settings: Settings) -> Spelled:
    """Return what spells addresses as the settings have it: telephones' numbers in E.164, others as they are given."""

    @cache
    def region() -> str | None:
        """Return the country of numbers without its code; one of which nobody knows numbers, SmsTarget refuses."""
        found: str | None = settings.own("sms", (REGION,))["region"]
        return found if found is None or is_region(found) else None

    def spelled(target: str, address: str) -> str:
        if target != "sms" or address.startswith(USER_PREFIX) or find_spec("phonenumbers") is None:
            return kept_address(target, address)
        return e164(address, region())

    return spelled


def listed_by(settings: Settings) -> Spelled:
    """Return what spells what people write for the suppression list: domains and mail addresses stay as they are.

    On no target in particular, only a number with + and its country's code is one for certain.
    """
    spelled = spelled_by(settings)

    def listed(target: str, address: str) -> str:
        given = bare(address)
        if _NUMBER_LIKE.fullmatch(given) and (target == "sms" or (not target and given.startswith("+"))):
            return spelled("sms", given)
        return address

    return listed


def looked_up_on(settings: Settings, target: str, address: str) -> str:
    """Return as the address book has it what somebody asks about, of a target or of none in particular.

    Digits of another target may be anything; what is no number stays as it is.
    """
    try:
        return listed_by(settings)(target, address)
    except ValueError:
        return address


def looked_up(settings: Settings, address: str) -> str:
    """Return as the log has it what somebody asks about; what is no number stays as it is."""
    given = bare(address)
    if _NUMBER_LIKE.fullmatch(given) and given.startswith(("+", "0", "(")):
        try:
            return spelled_by(settings)("sms", given)
        except ValueError:
            return address
    return address
