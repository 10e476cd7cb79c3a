"""The rules by their names, and at work."""

from typing import Final

from columba_producer.django.rules import Rules, attach
from columba_producer.django.rules.attaching import Attached
from django.utils.module_loading import import_string

from carrier_pigeon.configuration import DefaultConfiguration
from carrier_pigeon.deprecated import tell
from carrier_pigeon.rule import RuleByConfiguration

REGISTRY: Final[dict[str, DefaultConfiguration]] = {}
RULES: Final = Rules()
"""The same as Columba has them; `RULES.failures` are what filters raised."""
_AT_WORK: Final[list[Attached]] = []


def add_instance(instance: DefaultConfiguration, clazz_path: str | None = None) -> None:
    """Register a configuration; of two of one name the last counts."""
    del clazz_path
    rule = RuleByConfiguration(instance)
    if instance.name in REGISTRY:
        RULES.replace(rule)
    else:
        RULES.add(rule)
    REGISTRY[instance.name] = instance
    if not _AT_WORK:
        _AT_WORK.append(attach(RULES))
    _AT_WORK[0].follow()


def register_config(clazz_path: str) -> None:
    """Register the configuration of this class."""
    tell(f"the configuration {clazz_path}", "write a rule: docs/rules.md")
    add_instance(import_string(clazz_path)(), clazz_path)
