"""How a brake reads: what it is about in a few words, and its line of JSON."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from columba_consumers.cli.words import because, deliveries, moment, plain

if TYPE_CHECKING:
    from datetime import datetime

    from columba_shared.log.brake import Brake, Extent
    from columba_shared.log.braking import Braked


def words(extent: "Extent") -> str:
    """Return `invoice.* by email, to example.com, from shop, published since …`."""
    first = f"{extent.kind or 'everything'}" + (f" by {extent.target}" if extent.target else "")
    parts = [
        first,
        f"to {extent.domain}" if extent.domain else "",
        f"from {extent.producer}" if extent.producer else "",
        _published(extent.since, extent.until),
    ]
    return plain(", ".join(part for part in parts if part))


def said(brake: "Brake", held: int | None = None) -> str:
    """Return the sentence about a brake that is told beside other things."""
    is_ = "is on" if brake.ended_at is None else "is off"
    holds = "" if held is None else f" and holds {deliveries(held)}"
    return f"Brake {brake.id} of {plain(brake.who)} {is_}{holds}: {about(brake)}."


def about(brake: "Brake") -> str:
    """Return what it holds and why; the reason of one that nobody pulled begins with what it holds."""
    extent = words(brake.extent)
    return plain(brake.why) if brake.why and brake.why.startswith(extent) else f"{extent}{because(brake.why)}"


def line(each: "Braked") -> dict[str, Any]:
    """Return the brake as it is printed for programs."""
    values = asdict(each.brake)
    return {"id": values.pop("id"), **values.pop("extent"), **values, "held": each.held}


def standing(brake: "Brake", held: int) -> str:
    """Return whether a brake is on, and how it was ended."""
    if brake.ended_at is None:
        return "on"
    return f"off, {brake.ending}" if not held or brake.ending == "kept" else f"off, not all {brake.ending}"


def _published(since: "datetime | None", until: "datetime | None") -> str:
    parts = [f"since {moment(since)}" if since else "", f"before {moment(until)}" if until else ""]
    told = " and ".join(part for part in parts if part)
    return f"published {told} UTC" if told else ""
