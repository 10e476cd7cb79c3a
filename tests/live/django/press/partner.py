"""A rule that remembers what it was asked, at work on the newspaper."""

from collections.abc import Iterator

import pytest
from columba_producer.django.rules import Changes, Rule, Rules, attach
from django.test import override_settings

from tests.live.django.press.models import Story, tables


class Partner(Rule):
    """Tells of everything that is online."""

    models = (Story,)
    destinations = ("left", "right")
    deletes = True

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Changes] = []

    def for_updates(self, thing: Story, changes: Changes) -> bool:  # noqa: ARG002 - the changes say enough
        """Readers are no news."""
        self.asked.append(changes)
        return changes.keys() != {"readers"}

    def for_state(self, thing: Story) -> bool:
        """Drafts stay at home."""
        return bool(thing.online)


@pytest.fixture
def partner(sqlite: object) -> Iterator[Partner]:  # noqa: ARG001 - the tables are made there
    rule = Partner()
    with tables(), override_settings(COLUMBA={"TARGETS": "files"}), attach(Rules([rule])):
        yield rule


def saved(**values: object) -> Story:
    """Return a story that was saved and loaded again."""
    Story.objects.create(**{"title": "Pigeons", "online": True, **values})
    found: Story = Story.objects.latest("pk")
    return found
