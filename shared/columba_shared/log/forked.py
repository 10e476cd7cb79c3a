"""Engines in forked children: they connect anew, and leave the parent's connections to the parent."""

from sqlalchemy import Engine, Pool

_inherited: list[Pool] = []


def leave_to_parent(engine: Engine) -> None:
    """In a forked child: let go of the connections without closing them, or even letting them be collected."""
    _inherited.append(engine.pool)
    engine.dispose(close=False)
