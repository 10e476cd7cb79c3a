"""The contract as a file: what the templates of each kind need, on each target, and which kinds the app's code says."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from columba_shared.contract.path import parsed
from columba_shared.errors import InvalidSetting

_MADE_BY: Final = "make it with `columba templates contract`"


class Clause(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one kind needs on one target."""

    version: str
    """Which templates this holds for."""
    needs: dict[str, str] = {}
    """What has to be there always, by its path, and where it is used."""
    about: str | None = None
    """Where the thing that the event is about is used; None: nowhere, or not always."""


class Contract(Struct, frozen=True, kw_only=True, tag_field="v", tag=1):
    """All of it."""

    targets: tuple[str, ...]
    """On which targets it knows everything that can be said."""
    kinds: dict[str, dict[str, Clause]]
    """By kind and target."""
    renderers: dict[str, tuple[str, ...]]
    """The kinds that the app's code says, by target; ``invoice.*`` means all below it, ``*`` all."""

    def is_rendered_by_code(self, kind: str, target: str) -> bool:
        """Say whether the app's code says a kind, so that nobody knows what it needs."""
        return any(_fits(kind, pattern) for pattern in self.renderers.get(target, ()))


def written(contract: Contract) -> str:
    """Return the file's text: the same for the same templates, one fact to a line."""
    return msgspec.json.format(msgspec.json.encode(contract, order="sorted"), indent=2).decode() + "\n"


def read_contract(file: Path, *, setting: str = "contract") -> Contract:
    """Return what the file says; raises InvalidSetting naming the ``setting``."""
    try:
        found = msgspec.json.decode(file.read_bytes(), type=Contract)
        for clauses in found.kinds.values():
            _check(clauses)
    except OSError as error:
        raise InvalidSetting(setting, f"{file} cannot be read: {error.strerror}; {_MADE_BY}") from error
    except (msgspec.MsgspecError, ValueError) as error:
        raise InvalidSetting(setting, f"{file} is no contract of this version: {error}; {_MADE_BY}") from error
    return found


def _check(clauses: Mapping[str, Clause]) -> None:
    for clause in clauses.values():
        for name in clause.needs:
            parsed(name)


def _fits(kind: str, pattern: str) -> bool:
    return pattern in {"*", kind} or (pattern.endswith(".*") and kind.startswith(pattern[:-1]))
