"""A telephone's number, as it travels: E.164, the same for every country and every provider."""

import re
from typing import Final

_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_SPACING: Final = re.compile(r"[\s()./-]")
_DROP: Final = (
    "20 27 31 32 33 40 41 43 44 46 49 51 53 54 55 58 60 61 62 63 64 66 81 82 84 86 90 91 92 93 94 95 98 "
    "211 212 213 218 231 232 233 234 243 249 251 252 254 255 256 260 261 262 263 264 265 291 353 355 358 "
    "359 370 373 374 375 377 380 381 382 383 385 386 387 389 421 423 508 590 591 593 594 595 596 598 686 "
    "850 855 856 880 886 961 962 963 964 966 967 970 971 972 976 977 994 995 996"
)
DROPS_ZERO: Final = frozenset(_DROP.split())
"""Codes of the countries where a 0 is dialled before numbers at home, and belongs to none that takes an SMS.

Elsewhere it may be part of the number, as in Italy.
"""
_ZERO: Final = re.compile(rf"^(\+(?:{'|'.join(sorted(DROPS_ZERO))}))0")
_AS_WRITTEN: Final = re.compile(r"\+?[0-9]{6,18}")


def check_sms(address: str) -> None:
    """Return if it is a number in E.164, in its one spelling as far as its shape tells; raises ValueError."""
    bare = _SPACING.sub("", address)
    if bare.startswith("00"):
        bare = f"+{bare[2:]}"
    bare = _ZERO.sub(r"\1", bare, count=1)
    if not _NUMBER.fullmatch(bare):
        raise ValueError(
            f"is not a telephone's number: {address!r:.60} "
            "(write + and the country's code, then digits: +4366012345678)"
        )
    if bare != address:
        raise ValueError(f"is not a number as it is dialled from anywhere: write {bare}, not {address!r:.60}")


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
