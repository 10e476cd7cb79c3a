"""Kinds, and all kinds below one: what `invoice.*` means."""

from sqlalchemy import ColumnElement


def fits(pattern: str, kind: str) -> bool:
    """Say whether a kind is the one meant, or, for a pattern that ends in ``.*``, below it."""
    return kind.startswith(pattern[:-1]) if pattern.endswith(".*") else kind == pattern


def both(one: str, other: str) -> str | None:
    """Return what two of them have in common, which is the narrower of the two; None: there is no such kind."""
    if fits(one, other):
        return other
    return one if fits(other, one) else None


def below(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """Return in SQL what ``fits`` says."""
    if pattern.endswith(".*"):
        return column.startswith(pattern[:-1], autoescape=True)
    return column == pattern
