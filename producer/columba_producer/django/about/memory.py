"""Who has been told of an object: kept in the project's database, so that saving it again tells nobody twice."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Final
from uuid import UUID

from django.utils import timezone

from columba_producer.django.models import Told

_AT_ONCE: Final = 500
_EVERYBODY: Final = ""
"""Stands for all who were to be told: with it the matter is closed."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one wish, by its digest.

    Whoever is to be told counts as told from when there is a mail for them, unless nothing comes of that.
    """

    digest: str

    def is_closed(self) -> bool:
        """Say whether everybody has been told who was to be."""
        return bool(Told.objects.filter(what=self.digest, person=_EVERYBODY).exists())

    def reopen(self) -> None:
        """Let it be told again, to those who have not been told."""
        Told.objects.filter(what=self.digest, person=_EVERYBODY).delete()

    @staticmethod
    def reopen_all(events: Iterable[UUID]) -> None:
        """Let be told again what these events closed, to those who have not been told."""
        closed = Told.objects.filter(person=_EVERYBODY)
        rest = iter(events)
        while some := [str(each) for each in islice(rest, _AT_ONCE)]:
            found = list(closed.filter(event__in=some).values_list("pk", flat=True))
            Told.objects.filter(pk__in=found).delete()  # so that MariaDB locks no rows beside them

    def close(self, event: UUID) -> None:
        """Remember that all who were to be told have a delivery."""
        self.note(_EVERYBODY, event)

    def note(self, user: str, event: UUID) -> bool:
        """Remember that a user is told by this event; False: another one has told them."""
        row = Told(what=self.digest, person=user, event=str(event), at=timezone.now())
        Told.objects.bulk_create([row], ignore_conflicts=True)
        return bool(Told.objects.filter(what=self.digest, person=user, event=str(event)).exists())

    def forget(self, users: Collection[str], event: UUID) -> None:
        """Forget that these users were told by this event, since it came to nothing."""
        Told.objects.filter(what=self.digest, person__in=users, event=str(event)).delete()

    def told_by_others(self, users: Collection[str], event: UUID) -> dict[str, UUID | None]:
        """Return by which event those of them were told who were not by this one; None: before Columba."""
        rows = Told.objects.filter(what=self.digest, person__in=users).exclude(event=str(event))
        return {person: UUID(other) if other else None for person, other in rows.values_list("person", "event")}
