"""Who has been told of an object: kept in the project's database, so that saving it again tells nobody twice."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from columba_producer.django.models import Told

_EVERYBODY = ""
"""Stands for all who were to be told: with it the matter is closed."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one wish, by its digest."""

    digest: str

    def is_told(self) -> bool:
        """Say whether everybody has been told who was to be."""
        return bool(self._rows(_EVERYBODY).exists())

    def reopen(self) -> None:
        """Let it be told again, to those who have not been told."""
        self._rows(_EVERYBODY).delete()

    def close(self) -> None:
        """Remember that all who are to be told have a delivery."""
        self._note(_EVERYBODY)

    def note(self, user: str) -> None:
        """Remember that a user has been told."""
        self._note(user)

    def among(self, users: Collection[str]) -> set[str]:
        """Return those of them who have been told."""
        rows = Told.objects.filter(what=self.digest, person__in=users)
        return set(rows.values_list("person", flat=True))

    def _rows(self, person: str) -> Any:  # noqa: ANN401 - Django has no types
        return Told.objects.filter(what=self.digest, person=person)

    def _note(self, person: str) -> None:
        row = Told(what=self.digest, person=person, at=timezone.now())
        Told.objects.bulk_create([row], ignore_conflicts=True)
