"""The settings: what is in force, and variables that nothing reads."""

from collections.abc import Iterator
from dataclasses import dataclass

from columba_shared.errors import InvalidSettings
from columba_shared.settings import SETTINGS, Settings

from columba_consumers.cli.checks.finding import Finding, note, ok, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One setting in force."""

    name: str
    value: str
    origin: str
    place: str


def values(settings: Settings) -> list[Value]:
    """Return every setting's value, secrets redacted, and where it came from."""
    found = []
    for setting in SETTINGS:
        source = settings.sources[setting.field]
        shown = settings.shown(setting)
        found.append(Value(name=setting.name, value=shown, origin=source.origin.value, place=source.place))
    return found


def check_variables(settings: Settings) -> Iterator[Finding]:
    """Yield what there is to say about settings that can be used."""
    yield ok("settings", f"{len(SETTINGS)} settings can be used")
    for unknown in settings.unknown:
        fix = f"perhaps {unknown.meant} was meant" if unknown.meant else "remove it, or see `docs/settings.md`"
        yield note("settings", f"{unknown.name} ({unknown.origin}) is read by nothing", fix=fix)


def refused(error: InvalidSettings) -> Iterator[Finding]:
    """Yield each setting that cannot be used."""
    for each in error.problems:
        yield problem("settings", f"{each.name} {each.problem}", fix="mend it in the environment or in columba.env")
