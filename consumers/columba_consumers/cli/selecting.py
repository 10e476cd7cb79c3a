"""The options by which commands select deliveries."""

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import UUID

import click
from columba_shared.state import State

from columba_consumers.cli.arguments import kinds, past
from columba_consumers.cli.failure import BadUsage, Failure

if TYPE_CHECKING:
    from columba_shared.log.selection import Selection
    from sqlalchemy import Connection

_STATES: Final = "Only in this state, such as sent, dead, retrying; may be repeated."
_CAUSE: Final = re.compile(r"[0-9a-f]{4,12}")
MOST: Final = 4
"""Ids that are named when a beginning fits several."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the options say, each None or empty when it was not given."""

    states: tuple[State, ...] = ()
    kind: str | None = None
    target: str | None = None
    address: str | None = None
    key: str | None = None
    user: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    cause: str | None = None
    reason: str | None = None

    def selection(self, *, event_id: UUID | None = None, states: tuple[State, ...] = ()) -> "Selection":
        """Return the log's filter; ``states`` are those meant when none was given."""
        from columba_shared.log.selection import Selection

        narrowed: dict[str, Any] = {"states": frozenset(self.states or states)} if self.states or states else {}
        return Selection(
            kind=self.kind,
            target=self.target,
            address=self.address,
            key=self.key,
            user=self.user,
            event_id=event_id,
            since=self.since,
            until=self.until,
            cause=self.cause,
            said=self.reason,
            **narrowed,
        )

    @property
    def words(self) -> str:
        """How it was asked for, as a person reads it."""
        said = {f.name: getattr(self, f.name) for f in fields(self)}
        return " ".join(f"{name}={_word(value)}" for name, value in said.items() if value)

    @property
    def anything(self) -> bool:
        """Whether any option was given."""
        return self != Chosen()


def _word(value: object) -> str:
    match value:
        case tuple():
            return ",".join(str(each) for each in value)
        case datetime():
            return value.isoformat(timespec="seconds")
        case _:
            return str(value)


def state(text: str) -> State:
    """Take a state's name, however its words are joined."""
    try:
        return State(text.strip().lower().replace("-", "_").replace(" ", "_"))
    except ValueError:
        known = ", ".join(State)
        raise click.BadParameter(f"{text!r} is no state: there are {known}.") from None


def fingerprint(text: str) -> str:
    """Take a cause as `columba dead` shows it, or its beginning."""
    digits = text.strip().lower()
    if not _CAUSE.fullmatch(digits):
        raise click.BadParameter(f"{text!r} is no cause: write 4 or more of the digits that `columba dead` shows.")
    return digits


def failure_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --cause and --reason to ``selection_options``, which come below it: for what is dead or in doubt."""

    @functools.wraps(function)
    def gathered(*, chosen: Chosen, cause: str | None, reason: str | None, **others: Any) -> None:  # noqa: ANN401 - the command's own options
        function(chosen=replace(chosen, cause=cause, reason=reason), **others)

    wrapped: Callable[..., None] = gathered
    for option in (
        click.option("--reason", metavar="TEXT", help="Only what has this text in its reason."),
        click.option(
            "--cause", metavar="CAUSE", type=fingerprint, help="Only of this cause, as `columba dead` has it."
        ),
    ):
        wrapped = option(wrapped)
    return wrapped


def selection_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --status to ``filter_options``."""

    @functools.wraps(function)
    def gathered(*, chosen: Chosen, states: tuple[State, ...], **others: Any) -> None:  # noqa: ANN401 - as above
        function(chosen=replace(chosen, states=states), **others)

    status = click.option("--status", "states", metavar="STATE", type=state, multiple=True, help=_STATES)
    return status(filter_options(gathered))


def filter_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --kind, --target, --to and so on; the command gets them together as ``chosen``."""

    @functools.wraps(function)
    def gathered(
        *,
        kind: str | None,
        target: str | None,
        address: str | None,
        key: str | None,
        user: str | None,
        since: datetime | None,
        until: datetime | None,
        **others: Any,  # noqa: ANN401 - the command's own options
    ) -> None:
        if since is not None and until is not None and since >= until:
            raise BadUsage("--since must be earlier than --until")
        chosen = Chosen(kind=kind, target=target, address=address, key=key, user=user, since=since, until=until)
        function(chosen=chosen, **others)

    wrapped: Callable[..., None] = gathered
    for option in (
        click.option("--until", type=past, metavar="TIME", help="Only what last changed before then."),
        click.option("--since", type=past, metavar="TIME", help="Only what changed since then: 1h, 2d or an ISO time."),
        click.option("--user", metavar="ID", help="Only to this user of the app."),
        click.option("--key", metavar="KEY", help="Only under this key."),
        click.option("--to", "address", metavar="ADDRESS", help="Only to this address."),
        click.option("--target", metavar="NAME", help="Only by this target."),
        click.option("--kind", metavar="KIND", type=kinds, help="Only of this kind; invoice.* for all below it."),
    ):
        wrapped = option(wrapped)
    return wrapped


def the_id(connection: "Connection", beginning: str, *, of: Literal["event", "delivery", "either"]) -> UUID:
    """Return the one id that begins so; raises Failure when none or several do."""
    from columba_shared.log.reading import matching

    found = matching(connection, beginning, limit=MOST)
    ids = (*(found.events if of != "delivery" else ()), *(found.deliveries if of != "event" else ()))
    if len(ids) == 1:
        return ids[0]
    if not ids:
        what = "event or delivery" if of == "either" else of
        raise Failure(f"no {what} in the log has an id that begins with {beginning}")
    raise Failure(f"several ids begin with {beginning}, write more of it: {', '.join(str(each) for each in ids)}")
