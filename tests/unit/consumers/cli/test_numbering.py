"""Attempts as people read of them: their numbers go on, whatever is counted anew."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from columba_consumers.cli.telling import numbered
from columba_shared.log.records import AttemptRecord

_NOW = datetime(2026, 11, 22, tzinfo=UTC)


def attempt(claim: int, number: int, outcome: str) -> AttemptRecord:
    """Return an attempt as the log has it."""
    return AttemptRecord(
        delivery_id=UUID(int=1),
        claim=claim,
        number=number,
        outcome=outcome,
        stage="deliver",
        reply=None,
        provider_id=None,
        account=None,
        version=None,
        process_id=None,
        started_at=_NOW,
        finished_at=_NOW,
    )


@pytest.mark.parametrize(
    ("had", "numbers"),
    [
        ([(1, "retry"), (2, "sent")], [1, 2]),
        ([(1, "reject"), (1, "sent")], [1, 2]),
        ([(1, "retry"), (2, "reject"), (1, "retry"), (2, "reject"), (1, "sent")], [1, 2, 3, 4, 5]),
        ([(0, "postponed"), (1, "retry"), (1, "postponed"), (2, "sent")], [0, 1, 1, 2]),
        ([(1, "reject"), (0, "postponed"), (1, "sent")], [1, 1, 2]),
    ],
    ids=["in one go", "retried once", "retried twice", "postponed", "postponed after a retry"],
)
def test_numbers_go_on_after_a_retry(had: list[tuple[int, str]], numbers: list[int]) -> None:
    attempts = [attempt(claim, *each) for claim, each in enumerate(had, start=1)]
    assert [number for number, _ in numbered(attempts)] == numbers
