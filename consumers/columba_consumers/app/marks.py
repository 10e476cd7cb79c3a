"""The decorators of an app's module: they mark a function and return it unchanged.

Nothing is registered here. ``load_app`` finds the marks and collects them into a frozen ``App``, so importing an app's
module twice, or in a test, changes nothing anywhere.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])
Class = TypeVar("Class", bound=type[Any])

_ATTRIBUTE = "__columba_marks__"
_NAME = re.compile(r"[a-z0-9_-]+")
_SORT = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_KIND_PATTERN = re.compile(r"\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*(\.\*)?")


class When(StrEnum):
    """When a hook is called."""

    BEFORE = "before_delivery"
    AFTER = "after_delivery"
    EXPANDED = "after_expansion"


@dataclass(frozen=True, slots=True, kw_only=True)
class RendererMark:
    """This function renders these kinds for this target."""

    pattern: str
    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceMark:
    """This function yields the recipients of this audience."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RelevanceMark:
    """This function says whether events of these kinds are still worth telling."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoaderMark:
    """This function finds a thing of this sort by its id."""

    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPolicyMark:
    """This function says what a target's errors mean."""

    target: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HookMark:
    """This function is called at this moment for these kinds; no target means every one."""

    when: When
    pattern: str
    target: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UsersMark:
    """This function yields the app's users, for the address book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetMark:
    """This class is a target."""

    name: str


Mark = RendererMark | AudienceMark | RelevanceMark | LoaderMark | ErrorPolicyMark | HookMark | UsersMark | TargetMark


def renderer(kind: str, *, target: str = "email") -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(event, recipient)`` as what renders ``kind`` for ``target``.

    It returns a message of the target's type, or None when there is nothing to say to this recipient. ``kind`` is an
    exact kind, a prefix such as ``invoice.*`` (every kind that begins with ``invoice.``), or ``*``; the most specific
    one wins. Stack it to render several. Raises ValueError for a name that no event can have.
    """
    if not _KIND_PATTERN.fullmatch(kind):
        raise ValueError(f"renderer({kind!r}): write a kind such as invoice.ready, a prefix such as invoice.*, or *")
    if not _NAME.fullmatch(target):
        raise ValueError(f"renderer({kind!r}, target={target!r}): a target is made of a-z, 0-9, _ and -")
    return _marker(RendererMark(pattern=kind, target=target))


def still_relevant(kind: str) -> Callable[[Function], Function]:
    """Mark a function or coroutine function as what says, at the last second, whether ``kind`` is still worth telling.

    It takes ``(event)`` or ``(event, recipient)`` and returns True or False; False ends the delivery as expired.
    ``kind`` is as for ``renderer``; the most specific one is asked. Raises ValueError for a name no event can have.
    """
    if not _KIND_PATTERN.fullmatch(kind):
        raise ValueError(
            f"still_relevant({kind!r}): write a kind such as invoice.ready, a prefix such as invoice.*, or *"
        )
    return _marker(RelevanceMark(pattern=kind))


def loader(sort: str) -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(id)`` as what finds, at delivery, the thing that an event is about.

    ``@loader("invoice")`` is asked for ``about="invoice:42"`` with ``"42"``. It returns the thing, or None when it is
    gone, which ends the delivery as skipped. Raises ValueError for a sort that no event can name.
    """
    if not _SORT.fullmatch(sort):
        raise ValueError(f"loader({sort!r}): a sort is made of a-z, 0-9, _ and -, in parts joined by dots")
    return _marker(LoaderMark(sort=sort))


def audience(name: str) -> Callable[[Function], Function]:
    """Mark a function ``(event)`` as what yields the recipients of the audience ``name``, when the event is due.

    Raises ValueError for a name that no event can have.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"audience({name!r}): a name is made of a-z, 0-9, _ and -")
    return _marker(AudienceMark(name=name))


def error_policy(target: str) -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(error, delivery)`` as what says what an error of ``target`` means.

    It gets what the target raised, and returns another of ``columba_consumers.errors`` to be taken in its place, or
    None to leave it at that. Raises ValueError for a name that no target can have.
    """
    if not _NAME.fullmatch(target):
        raise ValueError(f"error_policy({target!r}): a target is made of a-z, 0-9, _ and -")
    return _marker(ErrorPolicyMark(target=target))


def before_delivery(kind: str = "*", *, target: str | None = None) -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(message, event, recipient)`` as what sees a message before it goes.

    It returns the message that goes in its place, or None to leave it as it is; it raises ``Veto`` to stop it. ``kind``
    is as for ``renderer``; all that fit are called, the most general first, each with what the one before made of it.
    Raises ValueError for a name that no event can have.
    """
    return _hook(When.BEFORE, kind, target)


def after_delivery(kind: str = "*", *, target: str | None = None) -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(outcome)`` as what is told what became of a delivery.

    It gets a ``DeliveryOutcome`` once that is on record, after every attempt and at the end; what it returns counts
    for nothing. A process that dies in between leaves the call out. Raises ValueError for a name no event can have.
    """
    return _hook(When.AFTER, kind, target)


def after_expansion(kind: str = "*", *, target: str | None = None) -> Callable[[Function], Function]:
    """Mark a function or coroutine function ``(expansion)`` as what is told that an audience is complete.

    It gets an ``ExpansionOutcome`` once everybody in the audience has a delivery on record; what it returns counts for
    nothing. A process that dies in between leaves the call out. Raises ValueError for a name no event can have.
    """
    return _hook(When.EXPANDED, kind, target)


def users(function: Function) -> Function:
    """Mark a function without parameters as what yields the app's users, each once, for `columba addresses sync`."""
    return _marker(UsersMark())(function)


def target(marked: Class) -> Class:
    """Mark a class, a ``columba_consumers.targets.SimpleTarget``, as a target of the app's.

    It takes the place of one of the same name that is installed, or comes with Columba. Raises TypeError for what is
    no class, and ValueError for one whose ``name`` no target can have.
    """
    if not isinstance(marked, type):
        raise TypeError(f"@target marks classes, not {marked!r}")
    name = getattr(marked, "name", None)
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise ValueError(f"@target on {marked.__name__}: its name, {name!r}, must be made of a-z, 0-9, _ and -")
    setattr(marked, _ATTRIBUTE, (TargetMark(name=name),))
    return marked


def marks_of(value: object) -> tuple[Mark, ...]:
    """Return the marks that the decorators left on ``value``, in the order in which they were applied."""
    # Asking the instance's own dictionary keeps proxies that invent attributes (mocks, lazy objects) out.
    # A class's own, since a subclass of one that is marked is none yet.
    own = getattr(value, "__dict__", None)
    marks: Iterable[Mark] = own.get(_ATTRIBUTE, ()) if isinstance(own, dict | MappingProxyType) else ()
    return tuple(marks)


def _hook(when: When, kind: str, target: str | None) -> Callable[[Function], Function]:
    if not _KIND_PATTERN.fullmatch(kind):
        raise ValueError(f"{when}({kind!r}): write a kind such as invoice.ready, a prefix such as invoice.*, or *")
    if target is not None and not _NAME.fullmatch(target):
        raise ValueError(f"{when}({kind!r}, target={target!r}): a target is made of a-z, 0-9, _ and -")
    return _marker(HookMark(when=when, pattern=kind, target=target))


def _marker(mark: Mark) -> Callable[[Function], Function]:
    def attach(function: Function) -> Function:
        if isinstance(function, type) or not callable(function):
            raise TypeError(
                "@renderer, @audience, @loader, @still_relevant, @error_policy, @before_delivery, @after_delivery, "
                f"@after_expansion and @users mark functions, not {function!r}"
            )
        setattr(function, _ATTRIBUTE, (*marks_of(function), mark))
        return function

    return attach
