"""django-mailer: its queue, its log of attempts, and the addresses that get nothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from columba_shared.address import listing
from columba_shared.event import Event, Lane, Recipient
from columba_shared.log.suppressions import Source as Finder
from columba_shared.log.suppressions import Suppression
from columba_shared.state import State

from columba_consumers.importing.importer import Source, Step
from columba_consumers.importing.item import Bad, Ended, Item, Left, Place, Suppressed, Told, Try, event_id_for
from columba_consumers.importing.old_tables import Row
from columba_consumers.importing.pickles import PickledMail, Pickles, UnreadablePickle

SYSTEM: Final = "django-mailer"
KIND: Final = "django.mail"
"""As which Columba's backend for Django queues mails as well."""
UNTRUSTED: Final = "needs --trust-pickles: the mail, and with it whom it goes to, is pickled"
_LANES: Final = {1: Lane.URGENT, 2: Lane.NORMAL, 3: Lane.BULK}
_DEFERRED: Final = 4
_SENT, _FAILED = "1", "3"


def steps(source: Source) -> Sequence[Step]:
    """Return the steps: who gets nothing, what waits, what was sent, and what failed before or was given up."""
    pickles = Pickles()
    source.closing.callback(pickles.close)
    mailer = _Mailer(source=source, pickles=pickles)
    return (
        Step(table="mailer_dontsendentry", read=mailer.unwanted),
        Step(table="mailer_message", read=mailer.waiting),
        Step(table="mailer_messagelog", read=mailer.sent),
        Step(table="mailer_messagelog", read=mailer.failed),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mailer:
    """Reads its rows.

    A mail is known by when it was queued, its subject, its words and its recipients: so its failures find it, wherever
    it is now. Not by its pickle, which django-mailer makes anew once it has sent it.
    """

    source: Source
    pickles: Pickles

    def unwanted(self, row: Row) -> Iterator[Item]:
        """Yield an address that gets nothing, by email."""
        entry = Suppression(
            address=listing(row["to_address"], "email"),
            target="email",
            source=Finder.IMPORT,
            who=self.source.author.who,
            why=f"on the list of {SYSTEM}",
            at=self.source.tables.moment(row["when_added"]),
        )
        yield Suppressed(place=Place(table="mailer_dontsendentry", row=row["id"]), suppression=entry)

    def waiting(self, row: Row) -> Iterator[Item]:
        """Yield a mail that waits; one that is deferred is held, until somebody approves it."""
        place = Place(table="mailer_message", row=row["id"])
        found = self._mail(place, row, dated=False)
        if isinstance(found, PickledMail):
            yield Told(place=place, event=self._event(row, found, waits=True), mail=found.mail)
        else:
            yield found

    def sent(self, row: Row) -> Iterator[Item]:
        """Yield what was sent; what was not is for later."""
        if str(row["result"]) == _FAILED:
            return
        place = Place(table="mailer_messagelog", row=row["id"])
        if str(row["result"]) != _SENT:
            yield Left(place=place, why="was not meant to be sent")
            return
        yield self._past(place, row, State.SENT, None)

    def failed(self, row: Row) -> Iterator[Item]:
        """Yield an attempt that failed: at what waits still or was sent later, or else at what was given up."""
        if str(row["result"]) == _FAILED:
            place = Place(table="mailer_messagelog", row=row["id"])
            yield self._past(place, row, State.DEAD, row["log_message"])

    def _past(self, place: Place, row: Row, state: State, problem: str | None) -> Item:
        found = self._mail(place, row, dated=True)
        if not isinstance(found, PickledMail):
            return found
        at = self.source.tables.moment(row["when_attempted"])
        outcome = "sent" if state is State.SENT else "retry"
        message_id = row.get("message_id") or found.message_id
        return Told(
            place=place,
            event=self._event(row, found),
            mail=found.mail,
            ended=Ended(state=state, at=at, reason=problem),
            tries=(Try(number=row["id"], outcome=outcome, at=at, reply=problem, provider_id=message_id),),
        )

    def _mail(self, place: Place, row: Row, *, dated: bool) -> PickledMail | Item:
        """Return the mail of a row, or what is told of that in its place."""
        data = row["message_data"]
        if not data:
            if place.table == "mailer_messagelog":
                return Left(place=place, why="holds no mail, so that nobody knows whom it went to")
            return Bad(place=place, reason="holds no mail")
        if not self.source.trust_pickles:
            return Bad(place=place, reason=UNTRUSTED)
        try:
            found = self.pickles.read(data, date=self.source.tables.moment(row["when_attempted"]) if dated else None)
        except UnreadablePickle as error:
            return Bad(place=place, reason=str(error))
        if not found.recipients:
            return Left(place=place, why="goes to nobody")
        return found

    def _event(self, row: Row, found: PickledMail, *, waits: bool = False) -> Event:
        priority, added = int(row["priority"]), self.source.tables.moment(row["when_added"])
        more: dict[str, Any] = {"hold": True, "by": SYSTEM} if waits and priority == _DEFERRED else {}
        return Event(
            id=event_id_for(SYSTEM, added.isoformat(), found.subject, found.words, *sorted(found.recipients)),
            kind=KIND,
            target="email",
            lane=_LANES.get(priority, Lane.NORMAL),
            producer=SYSTEM,
            to=tuple(Recipient(address=each) for each in found.recipients),
            context={"subject": found.subject},
            created_at=added,
            **more,
        )
