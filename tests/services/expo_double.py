"""Expo's push service, as it is documented: tickets, receipts, batches, limits, and everything that was taken."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from tests.services.http_double import Asked, Cut, Said, said

_MOST: Final = 100
_MOST_RECEIPTS: Final = 1000


def token(name: str) -> str:
    """Return a device's token; what stands before a colon is the app that it belongs to."""
    return f"ExponentPushToken[{name}]"


@dataclass(slots=True)
class Expo:
    """What it has taken, and what is wrong with it."""

    access_token: str | None = None
    taken: list[dict[str, Any]] = field(default_factory=list)
    batches: list[int] = field(default_factory=list)
    tickets: dict[str, str] = field(default_factory=dict)
    """The device that each ticket is about."""
    errors: dict[str, str] = field(default_factory=dict)
    """What a ticket for a device says is wrong."""
    later: dict[str, str] = field(default_factory=dict)
    """What the receipt for a device says is wrong."""
    invalid: set[str] = field(default_factory=set)
    """Devices with which a whole batch is refused."""
    bad_ids: set[str] = field(default_factory=set)
    """Tickets with which whoever asks for receipts is refused."""
    status: int | None = None
    """What it answers to everything."""
    lost: int = 0
    """So many tickets are left out of an answer."""
    cut: Cut | None = None
    """Whether it says nothing, although it has taken everything."""

    def answer(self, asked: Asked) -> Said | Cut:
        """Answer as Expo does."""
        if self.access_token and asked.headers.get("authorization") != f"Bearer {self.access_token}":
            return _refused(403, "UNAUTHORIZED", "Insufficient permissions to send push notifications")
        if self.status is not None:
            code = "TOO_MANY_REQUESTS" if self.status == 429 else "INTERNAL_SERVER_ERROR"
            return _refused(self.status, code, "no")
        match asked.path:
            case "/--/api/v2/push/send":
                return self._sent(asked.json)
            case "/--/api/v2/push/getReceipts":
                return self._receipts(asked.json["ids"])
            case _:
                return _refused(404, "NOT_FOUND", "no such path")

    def _sent(self, batch: Sequence[dict[str, Any]]) -> Said | Cut:
        self.batches.append(len(batch))
        if len(batch) > _MOST:
            return _refused(400, "PUSH_TOO_MANY_NOTIFICATIONS", f"at most {_MOST}")
        if self.invalid.intersection(each["to"] for each in batch):
            return _refused(400, "VALIDATION_ERROR", '"to" must be a valid push token')
        apps: dict[str, list[str]] = {}
        for each in batch:
            app, _, _ = each["to"].partition("[")[2].rpartition(":")
            apps.setdefault(f"@tests/{app}", []).append(each["to"])
        if len(apps) > 1:
            return _refused(400, "PUSH_TOO_MANY_EXPERIENCE_IDS", "of several apps", details=apps)
        tickets = [self._ticket(each) for each in batch]
        return self.cut or said(200, {"data": tickets[: len(tickets) - self.lost]})

    def _ticket(self, each: dict[str, Any]) -> dict[str, Any]:
        error = self.errors.get(each["to"])
        if error is not None:
            return _error(error)
        self.taken.append(each)
        name = f"ticket-{len(self.taken):06}"
        self.tickets[name] = each["to"]
        return {"status": "ok", "id": name}

    def _receipts(self, ids: Sequence[str]) -> Said:
        if len(ids) > _MOST_RECEIPTS:
            return _refused(400, "PUSH_TOO_MANY_RECEIPTS", f"at most {_MOST_RECEIPTS}")
        if self.bad_ids.intersection(ids):
            return _refused(400, "VALIDATION_ERROR", '"ids" must be receipt IDs')
        known = {name: self.tickets[name] for name in ids if name in self.tickets}
        return said(200, {"data": {name: self._receipt(device) for name, device in known.items()}})

    def _receipt(self, device: str) -> dict[str, Any]:
        error = self.later.get(device)
        return {"status": "ok"} if error is None else _error(error)


def _error(error: str) -> dict[str, Any]:
    return {"status": "error", "message": f"it is {error}", "details": {"error": error}}


def _refused(status: int, code: str, message: str, **more: Any) -> Said:  # noqa: ANN401 - what JSON holds
    headers = {"Retry_After": "7"} if status == 429 else {}
    return said(status, {"errors": [{"code": code, "message": message, **more}]}, **headers)
