"""Finding the rules that settings name: modules that hold some, or single ones."""

import importlib
import importlib.util
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import TypeGuard

from columba_shared.errors import InvalidSetting

from columba_producer.rules.by_function import RuleByFunction
from columba_producer.rules.rule import Rule

_MOST_WORDS = 300


def found_in(names: Iterable[str], *, setting: str) -> list[Rule | type[Rule]]:
    """Return the rules of these modules, or those of these dotted names, each once and in order.

    Of a module these are the rules and classes of rules that it has under names without a leading underscore, but for
    Columba's own. Raises InvalidSetting, naming the setting.
    """
    found: list[Rule | type[Rule]] = []
    for name in names:
        several = list(_found(name, setting))
        if not several and setting == "COLUMBA_RULES":
            raise InvalidSetting(setting, f"there is no rule in {name}: subclass Rule there, or name another module")
        found += [each for each in several if each not in found]
    return found


def _found(name: str, setting: str) -> Iterator[Rule | type[Rule]]:
    module = _module(name, setting)
    if module is not None:
        yield from (each for key, each in vars(module).items() if not key.startswith("_") and _is_rule(each))
        return
    outside, _, own = name.rpartition(".")
    holder = _module(outside, setting) if outside else None
    found = getattr(holder, own, None)
    if not _is_rule(found):
        raise InvalidSetting(
            setting, f"{name} is neither a module nor a rule in one: check the spelling, and that PYTHONPATH has it"
        )
    yield found


def _module(name: str, setting: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and f"{name}.".startswith(f"{error.name}."):
            return None
        raise _failed(name, setting, error) from error
    # Whatever the app's module raises while it is imported is a setting that cannot be used.
    except Exception as error:
        raise _failed(name, setting, error) from error


def _failed(name: str, setting: str, error: Exception) -> InvalidSetting:
    problem = " ".join(f"{type(error).__name__}: {error}".split())[:_MOST_WORDS]
    return InvalidSetting(setting, f"importing {name} failed: {problem}; mend the module and start again")


def _is_rule(value: object) -> TypeGuard[Rule | type[Rule]]:
    if isinstance(value, type):
        return issubclass(value, Rule) and value not in {Rule, RuleByFunction}
    return isinstance(value, Rule)
