"""What can be said of a target's class before one is made: its name, its message, its parts and its settings."""

import dataclasses
import inspect
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from columba_shared.settings import Setting
from columba_shared.settings.of_target import prefix_of
from columba_shared.settings.table import SETTINGS

from columba_consumers.targets import SimpleTarget
from columba_consumers.testing.faults import Faults, told

_SECRET: Final = re.compile(r"(PASSWORD|SECRET|TOKEN|KEYS?|CREDENTIALS?)(_|$)")
_COROUTINES: Final = ("gather", "prepare", "deliver", "probe", "probe_one", "open", "close")
_FUNCTIONS: Final = ("leads_to", "validate", "destination", "destinations", "classify")


def check_shape(target_class: type[SimpleTarget], faults: Faults) -> None:
    """Look at the class."""
    for name in _COROUTINES:
        faults.unless(inspect.iscoroutinefunction(getattr(target_class, name)), f"{name} must be `async def`")
    for name in _FUNCTIONS:
        faults.unless(not inspect.iscoroutinefunction(getattr(target_class, name)), f"{name} must be a plain `def`")
    _check_message(target_class, faults)
    declared: object = target_class.settings
    if not isinstance(declared, tuple):
        faults.add("settings must be a tuple of columba_consumers.targets.Setting")
        return
    for setting in declared:
        for fault in _wrong_with(setting, prefix_of(target_class.name)):
            faults.add(fault)


def _check_message(target_class: type[SimpleTarget], faults: Faults) -> None:
    fields = _fields(target_class.message)
    if fields is None:
        faults.add(
            f"message must be a frozen msgspec.Struct or a frozen dataclass, so that it can be kept and compared: "
            f"{getattr(target_class.message, '__name__', target_class.message)!r} is neither"
        )
        return
    parts = target_class.message_parts().parts
    for part in parts:
        if part.field not in fields:
            faults.add(
                f"parts: {part.file} makes the field {part.field!r}, which {target_class.message.__name__} lacks"
            )
        if "/" in part.file or not part.file:
            faults.add(f"parts: {part.file!r} must be the name of a file, such as {target_class.name}.txt")
    made = {part.field for part in parts}
    for name, has_default in fields.items():
        if parts and not has_default and name not in made:
            faults.add(f"message: {name!r} has no default and no part makes it, so templates can make no message")


def _fields(message: Any) -> dict[str, bool] | None:  # noqa: ANN401 - whatever somebody has declared
    """Return the fields and whether each has a default; None for what is no frozen type of ours."""
    if isinstance(message, type) and issubclass(message, msgspec.Struct):
        if not message.__struct_config__.frozen:
            return None
        return {each.name: not each.required for each in msgspec.structs.fields(message)}
    if isinstance(message, type) and dataclasses.is_dataclass(message):
        if not message.__dataclass_params__.frozen:  # type: ignore[attr-defined] # dataclasses have it, and no type says so
            return None
        return {each.name: _has_default(each) for each in dataclasses.fields(message)}
    return None


def _has_default(each: "dataclasses.Field[Any]") -> bool:
    return each.default is not dataclasses.MISSING or each.default_factory is not dataclasses.MISSING


def _wrong_with(setting: Setting, begins: str) -> Iterator[str]:
    if not setting.name.startswith(begins) or setting.name == begins or not setting.name.isupper():
        yield f"settings: {setting.name} must be {begins} and a name, in capitals"
    if setting.name in {each.name for each in SETTINGS}:
        yield f"settings: {setting.name} is a setting of Columba's: call it differently"
    if not setting.help.strip():
        yield f"settings: {setting.name} needs a help text that says what it is for"
    if _SECRET.search(setting.name) and not setting.secret:
        yield f"settings: {setting.name} is named like a secret: declare it with secret=True, or call it differently"
    try:
        setting.parse(setting.default)
    except Exception as error:  # noqa: BLE001 - somebody's parser: whatever it raises is wrong
        yield (
            f"settings: {setting.name}: its parser refuses its own default {setting.default!r} with {told(error)}: "
            "parsers.optional(…) lets it be empty"
        )
    try:
        setting.parse("\x00")
    except ValueError:
        pass
    except Exception as error:  # noqa: BLE001 - as above
        yield f"settings: {setting.name}: its parser must raise ValueError for what it refuses, not {told(error)}"
