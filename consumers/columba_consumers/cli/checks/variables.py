"""The settings: what is in force, and variables that nothing reads."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass

from columba_shared.errors import ColumbaError, InvalidSettings
from columba_shared.settings import Settings, TargetEnv

from columba_consumers.cli.checks.finding import Finding, note, ok, problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One setting in force."""

    name: str
    value: str
    origin: str
    place: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Owned:
    """What targets have set for themselves, and the names of all that they read, also of what cannot be used."""

    envs: tuple[TargetEnv, ...]
    names: frozenset[str]


def own_settings(settings: Settings) -> Owned:
    """Return the targets' own settings; of a target that cannot be used `check_targets` tells."""
    from columba_consumers.app import App, load_app
    from columba_consumers.targets.registry import Registry

    app = App.empty()
    with suppress(ColumbaError):  # of which `check_wording` tells
        app = load_app(settings.app) if settings.app else app
    registry = Registry(settings=settings, app=app)
    envs: list[TargetEnv] = []
    names: set[str] = set()
    for name in settings.targets:
        with suppress(ColumbaError):
            declared = registry.own(name)
            names |= {each.name for each in declared} | {f"{each.name}_FILE" for each in declared if each.secret}
            envs.append(settings.own(name, declared))
    return Owned(envs=tuple(envs), names=frozenset(names))


def values(settings: Settings, own: Owned) -> list[Value]:
    """Return every setting's value, secrets redacted, and where it came from; of other targets' than ours, none."""
    found = []
    for setting in settings.table:
        if setting.target in {None, *settings.targets}:
            source = settings.sources[setting.field]
            shown = settings.shown(setting)
            found.append(Value(name=setting.name, value=shown, origin=source.origin.value, place=source.place))
    for env in own.envs:
        for setting in env.table:
            source = env.sources[setting.name]
            shown = env.shown(setting)
            found.append(Value(name=setting.name, value=shown, origin=source.origin.value, place=source.place))
    return found


def check_variables(settings: Settings, own: Owned) -> Iterator[Finding]:
    """Yield what there is to say about settings that can be used."""
    yield ok("settings", f"{len(values(settings, own))} settings can be used")
    for unknown in settings.unknown:
        if unknown.name not in own.names:
            fix = f"perhaps {unknown.meant} was meant" if unknown.meant else "remove it, or see `docs/settings.md`"
            yield note("settings", f"{unknown.name} ({unknown.origin}) is read by nothing", fix=fix)


def refused(error: InvalidSettings) -> Iterator[Finding]:
    """Yield each setting that cannot be used."""
    for each in error.problems:
        yield problem("settings", f"{each.name} {each.problem}", fix="mend it in the environment or in columba.env")
