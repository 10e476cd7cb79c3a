"""The push message as an app's renderer returns it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Literal

from msgspec import Struct


class PushMessage(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One notification on one device, whose token is the delivery's address.

    ``data`` is for the app on the device, and may be all there is. ``sound`` is ``default`` or a file of the app's;
    ``badge`` the number at its icon, 0 for none. ``channel_id`` is Android's channel, ``category_id`` what brings
    buttons, ``interruption_level`` how iOS breaks into what somebody is doing. ``ttl`` is how long it is worth being
    delivered to a device that is off.
    """

    title: str | None = None
    body: str | None = None
    subtitle: str | None = None
    data: Mapping[str, Any] = {}
    sound: str | None = None
    badge: int | None = None
    priority: Literal["default", "normal", "high"] | None = None
    ttl: timedelta | None = None
    channel_id: str | None = None
    category_id: str | None = None
    interruption_level: Literal["passive", "active", "time-sensitive", "critical"] | None = None

    def __post_init__(self) -> None:
        """Refuse what says nothing, and numbers that cannot be."""
        if not (self.title or self.body or self.data):
            raise ValueError("title, body, data: give at least one of them")
        if self.badge is not None and self.badge < 0:
            raise ValueError("badge: must be 0 or more")
        if self.ttl is not None and self.ttl < timedelta(0):
            raise ValueError("ttl: must not be negative")
