"""Somebody whom the address book knows: their addresses are looked up when the event is due."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class User:
    """A user by the app's own id; every active address on the event's target gets a delivery."""

    id: str
