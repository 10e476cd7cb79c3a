"""Rules: what is told when things of the app's are saved. `attach(Session, rules, producer=…)` sets them to work.

Only `attach` needs SQLAlchemy, and loads it when it is asked for.
"""

from typing import TYPE_CHECKING, Any

from columba_shared.errors import MissingExtra

from columba_producer.errors import InvalidRule
from columba_producer.rules.by_function import rule
from columba_producer.rules.by_hand import Pushed
from columba_producer.rules.changes import UNKNOWN, Change, Changes
from columba_producer.rules.failure import Failure, Stage
from columba_producer.rules.registry import Rules
from columba_producer.rules.rule import Rule

if TYPE_CHECKING:
    from columba_producer.rules.sessions import attach as attach

__all__ = ["UNKNOWN", "Change", "Changes", "Failure", "InvalidRule", "Pushed", "Rule", "Rules", "Stage", "rule"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    """Load what needs SQLAlchemy only when somebody asks for it."""
    if name != "attach":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from columba_producer.rules.sessions import attach  # noqa: PLC0415 - see above
    except ModuleNotFoundError as error:
        raise MissingExtra(f"attach needs {error.name}: install columba-producer[outbox]") from error
    return attach
