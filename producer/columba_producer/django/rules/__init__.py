"""Rules on Django's models: `COLUMBA = {"RULES": ["shop.rules"]}`, and what is saved is told.

The rules themselves are those of `columba_producer.rules`; `rules()` returns the project's.
"""

from typing import TYPE_CHECKING, Any, Final

from columba_producer.rules import UNKNOWN, Change, Changes, Rule, Rules, rule

if TYPE_CHECKING:
    from columba_producer.django.rules.attaching import Attached as Attached
    from columba_producer.django.rules.attaching import attach as attach

__all__ = ["UNKNOWN", "Change", "Changes", "Rule", "Rules", "rule", "rules"]

_OF_MODELS: Final = frozenset({"Attached", "attach"})


def rules() -> Rules:
    """Return the project's rules, which can be asked for their failures, be changed, and be pushed by."""
    from django.apps import apps  # noqa: PLC0415 - rules are imported before Django is ready

    found: Rules = apps.get_app_config("columba").rules
    return found


def __getattr__(name: str) -> Any:  # noqa: ANN401 - what a module holds
    """Load what needs Django's models only when somebody asks for it."""
    if name not in _OF_MODELS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from columba_producer.django.rules import attaching  # noqa: PLC0415 - see above

    return getattr(attaching, name)
