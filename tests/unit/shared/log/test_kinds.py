"""Kinds, and what two patterns of them have in common."""

import pytest
from columba_shared.log.kinds import both


@pytest.mark.parametrize(
    ("one", "other", "common"),
    [
        ("invoice.ready", "invoice.ready", "invoice.ready"),
        ("invoice.*", "invoice.ready", "invoice.ready"),
        ("invoice.*", "invoice.late.*", "invoice.late.*"),
        ("invoice.*", "invoice.*", "invoice.*"),
        ("invoice.*", "invoice", None),
        ("invoice.*", "invoices.ready", None),
        ("invoice.ready", "invoice.late", None),
    ],
)
def test_of_two_patterns_what_both_mean_is_the_narrower(one: str, other: str, common: str | None) -> None:
    assert both(one, other) == both(other, one) == common
