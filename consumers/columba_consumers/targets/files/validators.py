"""What files must be before they are sent: well-formed, valid by a DTD or a schema, or what the app's code says."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Final

from columba_shared.settings.file_validators import WELL_FORMED, Ruling, require_form

from columba_consumers.errors import DeliveryError, InvalidMessage
from columba_consumers.targets.files.own_validator import Check, OwnValidator
from columba_consumers.targets.files.packing import PackedFile

_WITHIN: Final = timedelta(seconds=30)


@dataclass(slots=True)
class Validators:
    """Reads each schema once; to be used by one thread at a time."""

    rulings: tuple[Ruling, ...]
    within: timedelta
    """How long the app's own may take for a file."""
    _known: dict[str, Check]

    @classmethod
    def of(cls, rulings: tuple[Ruling, ...], *, within: timedelta = _WITHIN) -> "Validators":
        """Return those that settings name; raises ValueError for one that cannot be used."""
        made = cls(rulings, within, {})
        for ruling in rulings:
            for name in ruling.validators:
                made.named(name)
        return made

    def named(self, name: str) -> Check:
        """Return the validator of this name; raises ValueError if there is none, or it cannot be used."""
        if name not in self._known:
            require_form(name)
            self._known[name] = _made(name, self.within)
        return self._known[name]

    def close(self) -> None:
        """End the threads of the app's own."""
        for each in self._known.values():
            if isinstance(each, OwnValidator):
                each.close()

    def are_for(self, kind: str) -> bool:
        """Tell whether files of this kind have to pass any."""
        return any(each.is_for(kind) for each in self.rulings)

    def check(self, kind: str, more: Sequence[str], files: Sequence[PackedFile]) -> None:
        """Raise InvalidMessage, naming the validator and the file, unless all files pass."""
        names = dict.fromkeys(
            [*(name for each in self.rulings if each.is_for(kind) for name in each.validators), *more]
        )
        for name in names:
            try:
                ask = self.named(name)
            except ValueError as error:
                raise InvalidMessage(f"validators: {error}") from error
            for file in files:
                _ask(name, ask, file)


def _ask(name: str, ask: Check, file: PackedFile) -> None:
    try:
        ask(file.name, file.octets())
    except DeliveryError:
        raise
    except Exception as error:
        # Whatever a validator raises, it did not say yes: the file is not sent.
        told = str(error) if isinstance(error, ValueError) else f"{type(error).__name__}: {error}"
        raise InvalidMessage(f"{file.place}: {name}: {told}") from error


def _made(name: str, within: timedelta) -> Check:
    kind, _, rest = name.partition(":")
    if kind in {WELL_FORMED, "dtd", "xsd"}:
        return _xml(kind, Path(rest))
    try:
        found = getattr(import_module(kind), rest)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"{name}: {error}") from error
    if not callable(found):
        raise ValueError(f"{name}: is no function")  # noqa: TRY004 - as all else that is wrong with a setting
    return OwnValidator(name, found, within)


def _xml(kind: str, path: Path) -> Check:
    try:
        from columba_consumers.targets.files import xml  # noqa: PLC0415 - an extra, and only for those who use it
    except ImportError as error:
        raise ValueError(f"{kind}: needs lxml: install columba-consumers[files]") from error
    if kind == WELL_FORMED:
        return lambda _, content: xml.parsed(content)
    try:
        schema = (xml.dtd if kind == "dtd" else xml.xsd)(path)
    except OSError as error:
        raise ValueError(f"{kind}:{path}: {error.strerror}") from error
    return lambda _, content: xml.must_fit(schema, xml.parsed(content))
