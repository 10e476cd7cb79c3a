"""Somebody whom the address book knows: their addresses are looked up when the event is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class User:
    """A user by the app's own id; every active address on the event's target gets a delivery.

    The rest is for ``@users``, which tells the address book who there is: for each target the addresses, and what is
    known of the person behind them.
    """

    id: str
    addresses: Mapping[str, Iterable[str]] = field(default_factory=dict, kw_only=True)
    name: str | None = field(default=None, kw_only=True)
    locale: str | None = field(default=None, kw_only=True)
    zone: str | None = field(default=None, kw_only=True)
