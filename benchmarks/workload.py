"""The workload: invoices, each to its own address, with three variables for the templates."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

TEMPLATES: Final = Path(__file__).parent / "templates"
KIND: Final = "bench.invoice"
SENDER: Final = "shop@example.com"
_NAMES: Final = ("Alice Adams", "Bob Brown", "Carol Clark", "David Dean", "Erin Evans", "Frank Ford", "Grace Gray")


def address(number: int) -> str:
    """Return the address that the mail of this number goes to."""
    return f"customer{number}@example.com"


def context(number: int) -> dict[str, Any]:
    """Return what the templates of this mail are given."""
    return {"name": _NAMES[number % len(_NAMES)], "number": 100_000 + number, "amount": f"{number % 900 + 10}.95 EUR"}


def requests(numbers: range) -> Iterator[dict[str, Any]]:
    """Yield what `Producer.enqueue_many` is asked for."""
    for number in numbers:
        yield {"kind": KIND, "to": address(number), "context": context(number)}
