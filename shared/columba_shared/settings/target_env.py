"""What a target is made from: its own settings, read, and those of everybody."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from columba_shared.settings.of_target import prefix_of
from columba_shared.settings.setting import Origin, Setting, Source
from columba_shared.settings.showing import shown

if TYPE_CHECKING:
    from columba_shared.settings.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class TargetEnv:
    """The values of one target's own settings: ``env["url"]`` is what ``COLUMBA_<TARGET>_URL`` says, read."""

    target: str
    everything: "Settings"
    table: tuple[Setting, ...]
    values: Mapping[str, Any]
    sources: Mapping[str, Source]

    def __getitem__(self, key: str) -> Any:  # noqa: ANN401 - each setting has its own type
        """Return a value by the end of its setting's name, in small letters; raises KeyError that tells the others."""
        try:
            return self.values[key]
        except KeyError as error:
            known = ", ".join(self.values) or "none"
            raise KeyError(f"{key!r} is no setting that {self.target} declares; there are: {known}") from error

    def name_of(self, key: str) -> str:
        """Return the variable that a value comes from, for errors that say what to mend."""
        return f"{prefix_of(self.target)}{key.upper()}"

    def shown(self, setting: Setting) -> str:
        """Return a value as people may see it."""
        return shown(setting, self.values[key_of(self.target, setting)])

    def __repr__(self) -> str:
        """Show what was set, without secrets."""
        told = (
            f"{key_of(self.target, setting)}={self.shown(setting)!r}"
            for setting in self.table
            if self.sources[setting.name].origin is not Origin.DEFAULT
        )
        return f"TargetEnv({', '.join((repr(self.target), *told))})"


def key_of(target: str, setting: Setting) -> str:
    """Return by what a target asks for one of its own settings."""
    return setting.name.removeprefix(prefix_of(target)).lower()
