"""What SQLAlchemy knows of an object's changes, before a flush makes it forget them."""

from typing import Any

from sqlalchemy.orm import InstanceState
from sqlalchemy.orm.attributes import get_history
from sqlalchemy.orm.base import PassiveFlag

from columba_producer.rules.changes import UNKNOWN, Change, Changes


def changes_of(thing: object, state: InstanceState[Any]) -> Changes:
    """Return what changed since the object was loaded or flushed; asks the database nothing."""
    found: dict[str, Change] = {}
    relationships = state.mapper.relationships
    for name in tuple(state.committed_state):
        history = get_history(thing, name, passive=PassiveFlag.PASSIVE_NO_INITIALIZE)
        if not history.added and not history.deleted:
            continue
        relationship = relationships.get(name)
        if relationship is not None and relationship.uselist:
            kept = tuple(history.unchanged or ())
            found[name] = Change((*kept, *(history.deleted or ())), (*kept, *(history.added or ())))
        else:
            found[name] = Change(_only(history.deleted, UNKNOWN), _only(history.added, None))
    return Changes(found)


def _only(values: Any, otherwise: object) -> Any:  # noqa: ANN401 - any attribute's value
    return values[0] if values else otherwise
