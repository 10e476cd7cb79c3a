"""django-carrier-pigeon: its queue, which is its record as well."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from columba_shared.event import Event, Recipient
from columba_shared.settings.file_destinations import Destination, Destinations, destinations
from columba_shared.state import State

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Ended, Item, Left, Place, Told, Try, event_id_for
from columba_consumers.importing.old_tables import Row
from columba_consumers.targets.files.target import FilesTarget

SYSTEM: Final = "carrier-pigeon"
_TABLE: Final = "carrier_pigeon_itemtopush"
_MODELS: Final = "django_content_type"
_WAITING: Final = frozenset({10, 20})
"""New, and in progress: what was being pushed when the old system ended stayed so for ever."""
_PUSHED: Final = 50
_OF_FILTERS: Final = frozenset({140, 150, 160})


def steps(source: Source) -> Sequence[Step]:
    """Return the steps: there is one table."""
    source.tables.require(_MODELS)
    known: Destinations = source.settings.own("files", FilesTarget.settings)["destinations"]
    return (Step(table=_TABLE, read=_Queue(source=source, known=known).row),)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Queue:
    """Reads its rows: each is one thing for one push URL."""

    source: Source
    known: Destinations

    def row(self, row: Row) -> Iterator[Item]:
        """Yield what waits, and what became of the rest."""
        place = Place(table=_TABLE, row=row["id"])
        status = int(row["status"])
        if status in _OF_FILTERS or not row["push_url"]:
            yield Left(place=place, why="a filter had failed on it, and nothing was queued")
            return
        if urlsplit(row["push_url"]).scheme == "dummy":
            yield Left(place=place, why="its push URL led nowhere (dummy://)")
            return
        address = self._name_of(row["push_url"])
        if address is None and status in _WAITING:
            yield Bad(place=place, reason=f"COLUMBA_FILES_DESTINATIONS has none for {_shown(row['push_url'])}")
            return
        yield self._told(place, row, address or str(row["rule_name"]))

    def _told(self, place: Place, row: Row, address: str) -> Told:
        status, sort = int(row["status"]), self._sort_of(row["content_type_id"])
        created_at = self.source.tables.moment(row["creation_date"])
        words = (row["rule_name"], sort, row["object_id"], created_at.isoformat(), row["push_url"])
        event = Event(
            id=event_id_for(SYSTEM, *words),
            kind=f"carrier_pigeon.{row['rule_name']}",
            target="files",
            producer=SYSTEM,
            to=(Recipient(address=address),),
            about=f"{sort}:{row['object_id']}",
            context=_facts(row, sort),
            created_at=created_at,
        )
        if status in _WAITING:
            return Told(place=place, event=event)
        return _over(place, row, event, self._last(row, created_at))

    def _last(self, row: Row, created_at: datetime) -> datetime:
        """Return when it was last tried, which newer versions of the original did not write down."""
        last = row["last_push_attempts_date"]
        return created_at if last is None else self.source.tables.moment(last)

    def _name_of(self, push_url: str) -> str | None:
        """Return the name of the destination that is at this URL."""
        (wanted,) = destinations(f"x={readable(push_url)}")
        return next((each.name for each in self.known if _place(each) == _place(wanted)), None)

    def _sort_of(self, content_type: object) -> str:
        found = self.source.tables.where(_MODELS, id=content_type)
        if not found:
            raise LookupError(f"{_MODELS} has no {content_type}, so that nobody knows what it is about")
        return f"{found[0]['app_label']}.{found[0]['model']}"


def readable(push_url: str) -> str:
    """Return a push URL as a destination has it: in the old ones a user's name and password stand as they are."""
    scheme, _, rest = push_url.partition("://")
    where, slash, path = rest.partition("/")
    login, at, host = where.rpartition("@")
    user, colon, password = login.partition(":")
    folder, mark, options = path.partition("?")
    user, password, folder = quote(user, safe=""), quote(password, safe=""), quote(folder)
    return f"{scheme}://{user}{colon}{password}{at}{host}{slash}{folder}{mark}{options}"


def _over(place: Place, row: Row, event: Event, at: datetime) -> Told:
    status, message = int(row["status"]), row["message"] or None
    sent = status == _PUSHED
    reason = None if sent else message or f"status {status}"
    return Told(
        place=place,
        event=event,
        ended=Ended(state=State.SENT if sent else State.DEAD, at=at, reason=reason),
        tries=(Try(number=1, outcome="sent" if sent else "reject", at=at, reply=message),),
    )


def _facts(row: Row, sort: str) -> dict[str, Any]:
    """Return what every event of a rule says; whether it was new then, nobody knows."""
    return {
        "rule": row["rule_name"],
        "model": sort,
        "primary_key": row["object_id"],
        "created": False,
        "deleted": False,
        "changed": [],
        "directory": "",
    }


def _place(each: Destination) -> tuple[str, str, int, str, str]:
    return each.scheme, each.host, each.port, each.user, each.folder.strip("/")


def _shown(push_url: str) -> str:
    """Return it without its login."""
    parts = push_url.partition("://")
    return f"{parts[0]}://{parts[2].rpartition('@')[2]}"
