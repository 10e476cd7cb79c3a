"""What can be done with any target's message: its parts looked at and exchanged, whatever it is made of."""

import dataclasses
from collections.abc import Mapping, Sequence

import msgspec

from columba_consumers.targets.target import Content


def parts_in(message: Content) -> Sequence[str]:
    """Return the names of its fields."""
    if isinstance(message, msgspec.Struct):
        return message.__struct_fields__
    return tuple(each.name for each in dataclasses.fields(message))


def with_parts(message: Content, parts: Mapping[str, object]) -> Content:
    """Return the message with these fields in place of its own."""
    if isinstance(message, msgspec.Struct):
        return msgspec.structs.replace(message, **parts)
    return dataclasses.replace(message, **parts)
