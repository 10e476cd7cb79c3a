"""The app: the renderers and audiences that its module marked, collected once and frozen."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

from columba_consumers.app.marks import When
from columba_consumers.app.surrounded import Surrounded


def name_of(function: Callable[..., Any]) -> str:
    """Return ``module:function``, the name by which errors speak of the app's code."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', type(function).__module__)}:{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Renderer:
    """One function of the app, and the kinds and the target it renders."""

    pattern: str
    target: str
    function: Callable[..., Any]
    takes_about: bool = False

    @property
    def name(self) -> str:
        """The function as ``module:function``."""
        return name_of(self.function)

    @property
    def awaits(self) -> bool:
        """Whether it is a coroutine function, to be awaited in the event loop."""
        return inspect.iscoroutinefunction(self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class Audience:
    """One function of the app that yields recipients."""

    name: str
    function: Callable[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loader:
    """One function of the app that finds things of one sort."""

    sort: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function as ``module:function``."""
        return name_of(self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class Relevance:
    """One function of the app that says whether an event is still worth telling."""

    pattern: str
    function: Callable[..., Any]
    takes_recipient: bool

    @property
    def name(self) -> str:
        """The function as ``module:function``."""
        return name_of(self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPolicy:
    """One function of the app that says what the errors of a target mean."""

    target: str
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function as ``module:function``."""
        return name_of(self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One function of the app that is called before or after deliveries; no target means every one."""

    pattern: str
    target: str | None
    function: Callable[..., Any]

    @property
    def name(self) -> str:
        """The function as ``module:function``."""
        return name_of(self.function)


@dataclass(frozen=True, slots=True, kw_only=True)
class App:
    """What the app's module says about its events; empty when no COLUMBA_APP is set."""

    renderers: Mapping[tuple[str, str], Renderer] = field(default_factory=lambda: MappingProxyType({}))
    """By (kind pattern, target)."""
    audiences: Mapping[str, Audience] = field(default_factory=lambda: MappingProxyType({}))
    loaders: Mapping[str, Loader] = field(default_factory=lambda: MappingProxyType({}))
    """By the sort of thing."""
    relevances: Mapping[str, Relevance] = field(default_factory=lambda: MappingProxyType({}))
    """By kind pattern."""
    error_policies: Mapping[str, ErrorPolicy] = field(default_factory=lambda: MappingProxyType({}))
    """By target."""
    hooks: Mapping[When, tuple[Hook, ...]] = field(default_factory=lambda: MappingProxyType({}))
    """In the order in which the app's modules have them."""
    users: Callable[[], Any] | None = None
    """Yields the app's users."""
    targets: Mapping[str, type[Any]] = field(default_factory=lambda: MappingProxyType({}))
    """By name: the app's own ways out, and those that take the place of others."""
    surrounded: Surrounded = field(default_factory=Surrounded)
    """How its code is called, as its frameworks want it."""

    @classmethod
    def empty(cls) -> Self:
        """Return the app of those who have none: every event is rendered from templates."""
        return cls()

    def renderer_for(self, kind: str, target: str) -> Renderer | None:
        """Return the most specific renderer: the exact kind, then the longest prefix, then ``*``; None: none serves."""
        for pattern in _patterns(kind):
            found = self.renderers.get((pattern, target))
            if found is not None:
                return found
        return None

    def relevance_of(self, kind: str) -> Relevance | None:
        """Return who is to be asked about a kind, the most specific one; None: it is always relevant."""
        found = (self.relevances.get(pattern) for pattern in _patterns(kind))
        return next((each for each in found if each is not None), None)

    def hooks_for(self, when: When, kind: str, target: str) -> tuple[Hook, ...]:
        """Return the hooks to be called, the most general first."""
        known = self.hooks.get(when)
        if not known:
            return ()
        places = {pattern: place for place, pattern in enumerate(reversed(_patterns(kind)))}
        fitting = [each for each in known if each.pattern in places and each.target in {None, target}]
        return tuple(sorted(fitting, key=lambda each: places[each.pattern]))

    def audience_named(self, name: str) -> Audience | None:
        """Return the audience, or None when the app has none of this name."""
        return self.audiences.get(name)


def _patterns(kind: str) -> list[str]:
    """Return the patterns that match ``kind``: ``a.b.c`` gives a.b.c, a.b.*, a.*, * in this order."""
    words = kind.split(".")
    return [kind, *(".".join(words[:length]) + ".*" for length in range(len(words) - 1, 0, -1)), "*"]
