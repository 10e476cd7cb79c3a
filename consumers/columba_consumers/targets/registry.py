"""The targets that there are: those of the app first, then those of installed packages, then those of Columba."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Final

from columba_shared.errors import ColumbaError, InvalidSetting, InvalidSettings
from columba_shared.event import NAME_PATTERN
from columba_shared.settings import Setting, Settings

from columba_consumers.app import App, load_app
from columba_consumers.errors import InvalidTarget
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.targets.kit import TargetKit
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.simple_kit import simple_kit

GROUP: Final = "columba.targets"
"""The group of entry points by which packages bring targets: ``name = "package.module:Class"``."""

EMAIL: Final = "email"
BUILT_IN: Final[Mapping[str, str]] = {
    "chat": "columba_consumers.targets.chat:ChatTarget",
    "files": "columba_consumers.targets.files.target:FilesTarget",
    "push": "columba_consumers.targets.push:PushTarget",
    "sms": "columba_consumers.targets.sms:SmsTarget",
    "webhook": "columba_consumers.targets.webhook:WebhookTarget",
}
"""The targets that come with Columba beside mail, each imported when it is asked for."""


def _installed() -> Mapping[str, Sequence[EntryPoint]]:
    """Return what packages bring, by name; nothing of it is imported."""
    found: dict[str, list[EntryPoint]] = {}
    for each in entry_points(group=GROUP):
        found.setdefault(each.name, []).append(each)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Finds targets by their names, and makes them."""

    settings: Settings
    app: App
    installed: Mapping[str, Sequence[EntryPoint]] = field(default_factory=_installed)

    @classmethod
    def of(cls, settings: Settings) -> "Registry":
        """Return the registry of the settings and of the app that they name; raises AppError."""
        return cls(settings=settings, app=load_app(settings.app) if settings.app else App.empty())

    @property
    def names(self) -> tuple[str, ...]:
        """All that there are, whether they are in COLUMBA_TARGETS or not."""
        return tuple(sorted({EMAIL, *BUILT_IN, *self.installed, *self.app.targets}))

    def kits(self, names: Sequence[str]) -> tuple[TargetKit, ...]:
        """Return these targets, ready to be used; raises InvalidSettings with all that is wrong, and InvalidTarget."""
        made, problems = [], []
        for name in names:
            try:
                made.append(self.kit(name))
            except InvalidSetting as error:
                problems.append(error)
            except InvalidSettings as error:
                problems += error.problems
        if len(problems) == 1:
            raise problems[0]
        if problems:
            raise InvalidSettings(tuple(problems))
        return tuple(made)

    def kit(self, name: str) -> TargetKit:
        """Return one target, ready to be used; raises InvalidSetting, InvalidSettings, InvalidTarget."""
        found = self.target(name)
        if name not in self.settings.of_target:
            raise InvalidSetting("COLUMBA_TARGETS", f"does not name {name!r}, which there is: add it")
        if found is None:
            # Imported here: who sends no mail loads nothing of it.
            from columba_consumers.targets.email.kit import email_kit  # noqa: PLC0415

            return email_kit(self.settings)
        return simple_kit(found, self.settings)

    def parts_of(self, names: Iterable[str]) -> tuple[MessageParts[Any], ...]:
        """Return what these targets' messages consist of, without making the targets; unknown ones are left out."""
        return tuple(self._parts(name) for name in names if name in self.names)

    def own(self, name: str) -> tuple[Setting, ...]:
        """Return the settings that a target declares for itself; raises InvalidSetting, InvalidTarget."""
        found = self.target(name)
        return () if found is None else found.settings

    def target(self, name: str) -> type[SimpleTarget] | None:
        """Return the class of a target; None: it is mail. Raises InvalidSetting if there is none, InvalidTarget."""
        if name in self.app.targets:
            return checked(self.app.targets[name], name, f"the app's {_spelled(self.app.targets[name])}")
        if name in self.installed:
            return self._from_package(name)
        if name == EMAIL:
            return None
        if name in BUILT_IN:
            return _built_in(name)
        raise InvalidSetting("COLUMBA_TARGETS", f"there is no target {name!r}; there are: {', '.join(self.names)}")

    def _parts(self, name: str) -> MessageParts[Any]:
        found = self.target(name)
        if found is not None:
            return found.message_parts()
        from columba_consumers.rendering.email_parts import EMAIL_PARTS  # noqa: PLC0415 - as for the kit

        return EMAIL_PARTS

    def _from_package(self, name: str) -> type[SimpleTarget]:
        given = self.installed[name]
        if len(given) > 1:
            packages = " and ".join(sorted(_package(each) for each in given))
            raise InvalidTarget(f"there are two targets {name}, of {packages}: uninstall one of them")
        (found,) = given
        where = f"{found.value} of {_package(found)}"
        try:
            loaded = found.load()
        except Exception as error:  # importing somebody's package may raise anything: it becomes this target's error
            raise InvalidTarget(f"target {name}: {where} cannot be loaded: {_said(error)}") from error
        return checked(loaded, name, where)


def _built_in(name: str) -> type[SimpleTarget]:
    module, _, attribute = BUILT_IN[name].partition(":")
    try:
        found = getattr(import_module(module), attribute)
    except ImportError as error:
        raise InvalidTarget(f"target {name} needs a library that is not installed: {_said(error)}") from error
    return checked(found, name, BUILT_IN[name])


def checked(given: object, name: str, where: str) -> type[SimpleTarget]:
    """Return it if it is a target of this name; raises InvalidTarget, which says what to mend."""
    problem = _problem(given, name)
    if problem is None and isinstance(given, type):
        return given
    raise InvalidTarget(f"target {name}: {where} {problem}")


def _problem(given: object, name: str) -> str | None:
    """Return what is wrong with a target's class; None: nothing that shows without making one."""
    if not (isinstance(given, type) and issubclass(given, SimpleTarget)):
        return "is no subclass of columba_consumers.targets.SimpleTarget"
    lacking = [each for each in ("name", "message") if not hasattr(given, each)]
    if lacking:
        return f"has no {lacking[0]}"
    if not re.fullmatch(NAME_PATTERN, str(given.name)):
        return f"is called {given.name!r}: a name is made of a-z, 0-9, _ and -"
    if given.name != name:
        return f"is called {given.name!r}: call both the same"
    abstract = sorted(getattr(given, "__abstractmethods__", ()))
    return f"does not have {', '.join(abstract)}" if abstract else None


def _package(given: EntryPoint) -> str:
    return "an unknown package" if given.dist is None else given.dist.name


def _spelled(given: Callable[..., Any]) -> str:
    return f"{given.__module__}.{given.__qualname__}"


def _said(error: Exception) -> str:
    return str(error) if isinstance(error, ColumbaError) else f"{type(error).__name__}: {error}"
