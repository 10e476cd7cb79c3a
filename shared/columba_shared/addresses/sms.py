"""A telephone's number, as it travels: E.164, the same for every country and every provider."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SPACING: Final = re.compile(r"[\s()./-]")
_AS_WRITTEN: Final = re.compile(r"\+?[0-9]{6,18}")


def check_sms(address: str) -> None:
    """Return if it is a number in E.164; raises ValueError."""
    if _NUMBER.fullmatch(address):
        return
    bare = _SPACING.sub("", address)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    if _NUMBER.fullmatch(bare):
        raise ValueError(f"is not a number as it is dialled from anywhere: write {bare}, not {address!r:.60}")
    raise ValueError(
        f"is not a telephone's number: {address!r:.60} (write + and the country's code, then digits: +4366012345678)"
    )


def check_listed_number(text: str, target: str) -> None:
    """Return unless it is a number that a list is to hold, for a target or (empty) for all, in a spelling of its own.

    Raises ValueError: nothing is sent to such a spelling, so that the list would stop nothing.
    """
    if target == "sms" or (not target and _AS_WRITTEN.fullmatch(_SPACING.sub("", text))):
        try:
            check_sms(text)
        except ValueError as error:
            other = "" if target else "; or name its target, if it is something else"
            raise ValueError(f"{error}{other}") from error
