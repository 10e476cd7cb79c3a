"""django-pigeonpost: what waits to be rendered, what was rendered and waits to be sent, and what was sent."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from columba_shared.about_mail import AUDIENCE, IMMEDIATE, context_of, key_of, kind_of
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient
from columba_shared.state import State

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Ended, Item, Left, Place, Told, Try, event_id_for
from columba_consumers.importing.old_tables import Row
from columba_consumers.importing.pickles import PickledMail, Pickles, UnreadablePickle

SYSTEM: Final = "pigeonpost"
PIGEONS: Final = "pigeonpost_pigeon"
OUTBOX: Final = "pigeonpost_outbox"
UNTRUSTED: Final = "needs --trust-pickles: the mail that was rendered is pickled"
_HALF_DONE: Final = (
    "about a model, and half rendered: some users have a mail in the outbox, and all would get another; "
    "queue it anew for those who have none"
)
_MOST_FAILURES: Final = 3
"""After so many pigeonpost sent it no more."""


def steps(source: Source) -> Sequence[Step]:
    """Return the steps: what waits to be rendered, then all that was rendered."""
    pickles = Pickles()
    source.closing.callback(pickles.close)
    pigeonpost = _Pigeonpost(source, pickles)
    return (Step(table=PIGEONS, read=pigeonpost.pigeon), Step(table=OUTBOX, read=pigeonpost.mail))


@dataclass(frozen=True, kw_only=True)
class _Wish:
    """What a pigeon is about, and how it is said."""

    name: str
    method: str
    send_to: str | None
    send_to_method: str | None

    @cached_property
    def said(self) -> dict[str, Any]:
        """What an event says of it."""
        return {
            "kind": kind_of(self.name, self.method),
            "about": self.name,
            "category": self.name.partition(".")[0],
            "context": context_of(self.method, self.send_to, self.send_to_method),
        }


class _Pigeonpost:
    """Reads its rows."""

    def __init__(self, source: Source, pickles: Pickles) -> None:
        self._source = source
        self._tables = source.tables
        self._pickles = pickles
        self._models: dict[object, str] = {}

    def pigeon(self, row: Row) -> Iterator[Item]:
        """Yield what waits to be rendered; whom the others told is for the outbox."""
        place = Place(table=PIGEONS, row=row["id"])
        if not row["to_send"]:
            yield Left(place=place, why="was processed or killed; what came of it is in the outbox")
            return
        if row["source_id"] is None and self._tables.where(OUTBOX, pigeon_id=row["id"]):
            # Of objects, `migrate` has noted who has a mail already, and the event leaves them out.
            yield Bad(place=place, reason=_HALF_DONE)
            return
        wish, due = self._wish(row), self._tables.moment(row["scheduled_for"])
        words = (wish.name, wish.method, wish.send_to, wish.send_to_method, due.isoformat())
        key = key_of(wish.name, wish.method, wish.send_to, wish.send_to_method)
        event = Event(
            id=event_id_for(SYSTEM, *words),
            target="email",
            producer=SYSTEM,
            audience=AUDIENCE,
            key=key,
            created_at=min(due, utc_now()),
            due_at=due,
            **wish.said,
        )
        yield Told(place=place, event=event)

    def mail(self, row: Row) -> Iterator[Item]:
        """Yield a mail that was sent, without its words; or one that is not, with them."""
        place = Place(table=OUTBOX, row=row["id"])
        pigeon = self._pigeon_of(row)
        if row["succeeded"]:
            yield self._sent(place, row, pigeon)
            return
        if not self._source.trust_pickles:
            yield Bad(place=place, reason=UNTRUSTED)
            return
        try:
            found = self._pickles.read(row["message"])
        except UnreadablePickle as error:
            yield Bad(place=place, reason=str(error))
            return
        if not found.recipients:
            yield Left(place=place, why="goes to nobody")
            return
        yield self._unsent(place, row, pigeon, found)

    def _sent(self, place: Place, row: Row, pigeon: Row | None) -> Item:
        users = self._tables.where("auth_user", id=row["user_id"])
        address = users[0]["email"] if users else ""
        if not address:
            return Left(place=place, why="was sent to a user who has no address any more")
        at = self._tables.moment(row["sent_at"])
        to = (Recipient(address=address, user=str(row["user_id"])),)
        return Told(
            place=place,
            event=self._event(row, pigeon, to, created_at=at),
            ended=Ended(state=State.SENT, at=at),
            tries=(Try(number=row["failures"], outcome="sent", at=at),),
        )

    def _unsent(self, place: Place, row: Row, pigeon: Row | None, found: PickledMail) -> Item:
        known = None if pigeon is None else pigeon["sent_at"]
        at = utc_now() if known is None else self._tables.moment(known)
        to = tuple(Recipient(address=each) for each in found.recipients)
        given_up = row["failures"] >= _MOST_FAILURES
        reason = f"{SYSTEM} has tried {row['failures']} times"
        return Told(
            place=place,
            event=self._event(row, pigeon, to, created_at=at),
            mail=found.mail,
            ended=Ended(state=State.DEAD, at=at, reason=reason) if given_up else None,
        )

    def _event(self, row: Row, pigeon: Row | None, to: tuple[Recipient, ...], *, created_at: datetime) -> Event:
        said = {"kind": IMMEDIATE} if pigeon is None else self._wish(pigeon).said
        words = (row["id"], row["user_id"], hashlib.sha256(row["message"].encode()).hexdigest())
        known = event_id_for(SYSTEM, *words)
        return Event(id=known, target="email", producer=SYSTEM, to=to, created_at=created_at, **said)

    def _pigeon_of(self, row: Row) -> Row | None:
        if row["pigeon_id"] is None:
            return None
        found = self._tables.where(PIGEONS, id=row["pigeon_id"])
        return found[0] if found else None

    def _wish(self, row: Row) -> _Wish:
        model, source = self._model(row["source_content_type_id"]), row["source_id"]
        return _Wish(
            name=model if source is None else f"{model}:{source}",
            method=row["render_email_method"],
            send_to=None if row["send_to_id"] is None else str(row["send_to_id"]),
            send_to_method=None if row["send_to_id"] is not None else row["send_to_method"] or None,
        )

    def _model(self, key: object) -> str:
        """Return a model's name, such as news.story; raises LookupError for one that is nowhere."""
        if key not in self._models:
            found = self._tables.where("django_content_type", id=key)
            if not found:
                raise LookupError(f"django_content_type has no id {key}")
            self._models[key] = f"{found[0]['app_label']}.{found[0]['model']}".lower()
        return self._models[key]
