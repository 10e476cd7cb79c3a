"""Phone numbers in one spelling, by Google's tables of numbering plans: an extra, loaded when the first is read."""

from functools import lru_cache
from typing import Final

_LONGEST: Final = 40


def load() -> None:
    """Load the library now, which takes its time."""
    import phonenumbers  # noqa: F401, PLC0415 - an extra, and slow to load


@lru_cache(maxsize=4096)
def e164(text: str, region: str | None = None) -> str:
    """Return a number as ``+4366012345678``; one without a country's code is read as a call from ``region``.

    Raises ValueError for what is no number, or one that cannot exist. Whether anybody has it, only the provider knows.
    """
    import phonenumbers  # noqa: PLC0415 - as above

    try:
        number = phonenumbers.parse(text[:_LONGEST], region)
    except phonenumbers.NumberParseException as error:
        hint = "" if region else ": write it with its country's code, such as +43, or set COLUMBA_SMS_REGION"
        raise ValueError(f"is no phone number ({error}){hint}") from error
    if len(text) > _LONGEST or number.extension or not phonenumbers.is_possible_number(number):
        raise ValueError("is no phone number that can exist: it has too many digits, too few, or an extension")
    written: str = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written


@lru_cache(maxsize=4096)
def country_code(number: str) -> str:
    """Return the country's code of a number in E.164, such as ``+43``: whose pace a message to it keeps."""
    import phonenumbers  # noqa: PLC0415 - as above

    return f"+{phonenumbers.parse(number).country_code}"


def is_region(text: str) -> bool:
    """Say whether there are numbers of a region."""
    import phonenumbers  # noqa: PLC0415 - as above

    return text in phonenumbers.SUPPORTED_REGIONS
