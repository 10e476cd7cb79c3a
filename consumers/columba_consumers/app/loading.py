"""Import the module that COLUMBA_APP names and collect what it marked."""

import importlib
import importlib.util
import inspect
import re
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from types import MappingProxyType, ModuleType
from typing import Any, Final, assert_never

from columba_consumers.app.app import App, Audience, ErrorPolicy, Hook, Loader, Relevance, Renderer, name_of
from columba_consumers.app.errors import AppError
from columba_consumers.app.marks import (
    AudienceMark,
    ErrorPolicyMark,
    HookMark,
    LoaderMark,
    Mark,
    RelevanceMark,
    RendererMark,
    TargetMark,
    UsersMark,
    When,
    marks_of,
)
from columba_consumers.app.surrounded import Surrounded

MODULES = "COLUMBA_MODULES"

_DOTTED = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_MAX_PROBLEM = 300


def load_app(name: str) -> App:
    """Import ``package.module`` and return what it marked, frozen.

    Looked at are the names in the module itself (its own functions and those it imported), and those of the modules
    it lists in ``COLUMBA_MODULES``, a tuple of dotted names such as ``(".invoices", "shop.orders")``. No folder is
    scanned. Raises AppError, naming COLUMBA_APP and the fix.

    Called where an event loop runs, it loads the module in a thread: a framework may refuse in the loop what takes its
    time, and a module does such things as it is imported.
    """
    if not _in_event_loop():
        return _loaded(name)
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - renderers import this package, and need none

    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="columba-loading") as thread:
        return thread.submit(_loaded, name).result()


def _in_event_loop() -> bool:
    import asyncio  # noqa: PLC0415 - as above

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _loaded(name: str) -> App:
    if not _DOTTED.fullmatch(name):
        raise AppError(f"{name!r} is not a module's name: write package.module, without / or .py or :")
    surrounded = Surrounded.installed()
    try:
        modules = list(_modules(name, seen=set()))
    finally:
        surrounded.leave()
    app = _collect(list(_marked(modules)))
    if app == App.empty():
        listed = ", ".join(module.__name__ for module in modules)
        raise AppError(
            f"nothing is marked in {listed}: decorate a function with @renderer, @audience, "
            "@loader, @still_relevant, @error_policy, @before_delivery or @after_delivery, or a class with @target, "
            f"import it there, or list the modules that hold them in {MODULES}",
        )
    return replace(app, surrounded=surrounded)


def _modules(name: str, *, seen: set[str], listed_by: str = "") -> Iterator[ModuleType]:
    """Yield the module and, after it, those it lists, each once."""
    if name in seen:
        return
    seen.add(name)
    module = _import(name, listed_by)
    yield module
    listed = getattr(module, MODULES, ())
    if isinstance(listed, str) or not isinstance(listed, Iterable):
        raise AppError(f"{MODULES} in {name} must be a tuple of modules' names")
    for other in listed:
        yield from _modules(_absolute(str(other), module), seen=seen, listed_by=name)


def _absolute(name: str, module: ModuleType) -> str:
    try:
        return importlib.util.resolve_name(name, module.__package__ or None)
    except ImportError as error:
        raise AppError(f"{name!r} in {MODULES} of {module.__name__} cannot be resolved: {error}") from error


def _import(name: str, listed_by: str) -> ModuleType:
    where = f" (listed in {MODULES} of {listed_by})" if listed_by else ""
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{name}.".startswith(f"{error.name}."):
            raise _import_failed(name, where, error) from error
        if name.endswith(".py"):
            raise AppError(f"{name!r}{where} is a file's name: write {name.removesuffix('.py')}") from error
        raise AppError(
            f"there is no module {name}{where}: check the spelling, and that it is installed or that PYTHONPATH "
            "holds the folder it lies in",
        ) from error
    # Whatever the app's module raises while it is imported, or its calling sys.exit(), is a setting that cannot be
    # used: the process that asked for it says so and stops.
    except (Exception, SystemExit) as error:
        raise _import_failed(name, where, error) from error


def _import_failed(name: str, where: str, error: BaseException) -> AppError:
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if "importlib" not in frame.filename]
    place = f" at {own[-1].filename}:{own[-1].lineno}" if own[1:] else ""
    problem = " ".join(f"{type(error).__name__}: {error}".split())[:_MAX_PROBLEM]
    return AppError(f"importing {name}{where} failed: {problem}{place}; mend the module and start again")


def _marked(modules: list[ModuleType]) -> Iterator[tuple[Mark, object]]:
    """Yield each mark with the object that carries it; an object seen under several names counts once."""
    seen: set[int] = set()
    for module in modules:
        for value in list(vars(module).values()):
            if id(value) not in seen:
                seen.add(id(value))
                yield from ((mark, value) for mark in marks_of(value))


def _collect(marked: Sequence[tuple[Mark, object]]) -> App:
    renderers: dict[tuple[str, str], Renderer] = {}
    audiences: dict[str, Audience] = {}
    relevances: dict[str, Relevance] = {}
    for mark, function in marked:
        if not callable(function):
            continue
        match mark:
            case RendererMark(pattern=pattern, target=target):
                if (pattern, target) in renderers:
                    _refuse(f"renderers for {pattern} to {target}", renderers[pattern, target].function, function)
                renderers[pattern, target] = Renderer(
                    pattern=pattern, target=target, function=function, takes_about=_can_be_given(function, 3)
                )
            case AudienceMark(name=name):
                if name in audiences:
                    _refuse(f"audiences called {name}", audiences[name].function, function)
                audiences[name] = Audience(name=name, function=function)
            case RelevanceMark(pattern=pattern):
                if pattern in relevances:
                    _refuse(f"functions marked still_relevant for {pattern}", relevances[pattern].function, function)
                relevances[pattern] = _relevance(pattern, function)
            case LoaderMark() | ErrorPolicyMark() | HookMark() | UsersMark() | TargetMark():
                pass  # see _loaders, _error_policies, _hooks, _users and _targets
            case _:
                assert_never(mark)
    return App(
        renderers=MappingProxyType(renderers),
        audiences=MappingProxyType(audiences),
        relevances=MappingProxyType(relevances),
        loaders=MappingProxyType(_loaders(marked)),
        error_policies=MappingProxyType(_error_policies(marked)),
        hooks=MappingProxyType({when: found for when in When if (found := tuple(_hooks(marked, when)))}),
        users=_users(marked),
        targets=MappingProxyType(_targets(marked)),
    )


def _loaders(marked: Iterable[tuple[Mark, object]]) -> dict[str, Loader]:
    found: dict[str, Loader] = {}
    for mark, function in marked:
        if not isinstance(mark, LoaderMark) or not callable(function):
            continue
        if mark.sort in found:
            _refuse(f"loaders for {mark.sort}", found[mark.sort].function, function)
        if not _can_be_given(function, 1):
            raise AppError(f"{name_of(function)}{inspect.signature(function)}: loader takes (id)")
        found[mark.sort] = Loader(sort=mark.sort, function=function)
    return found


def _error_policies(marked: Iterable[tuple[Mark, object]]) -> dict[str, ErrorPolicy]:
    found: dict[str, ErrorPolicy] = {}
    for mark, function in marked:
        if not isinstance(mark, ErrorPolicyMark) or not callable(function):
            continue
        if mark.target in found:
            _refuse(f"error policies for {mark.target}", found[mark.target].function, function)
        if not _can_be_given(function, 2):
            raise AppError(f"{name_of(function)}{inspect.signature(function)}: error_policy takes (error, delivery)")
        found[mark.target] = ErrorPolicy(target=mark.target, function=function)
    return found


_ARGUMENTS: Final = {
    When.BEFORE: ("message", "event", "recipient"),
    When.AFTER: ("outcome",),
    When.EXPANDED: ("expansion",),
}
"""What a hook is called with."""


def _hooks(marked: Iterable[tuple[Mark, object]], when: When) -> Iterator[Hook]:
    arguments = _ARGUMENTS[when]
    for mark, function in marked:
        if not isinstance(mark, HookMark) or mark.when is not when or not callable(function):
            continue
        if not _can_be_given(function, len(arguments)):
            takes = ", ".join(arguments)
            raise AppError(f"{name_of(function)}{inspect.signature(function)}: {when} takes ({takes})")
        yield Hook(pattern=mark.pattern, target=mark.target, function=function)


def _users(marked: Iterable[tuple[Mark, object]]) -> Callable[..., Any] | None:
    """Return the one function that yields the app's users, if there is one."""
    found = [function for mark, function in marked if isinstance(mark, UsersMark) and callable(function)]
    for another in found[1:]:
        _refuse("functions marked @users", found[0], another)
    return found[0] if found else None


def _targets(marked: Iterable[tuple[Mark, object]]) -> dict[str, type[Any]]:
    found: dict[str, type[Any]] = {}
    for mark, given in marked:
        if not isinstance(mark, TargetMark) or not isinstance(given, type):
            continue
        if mark.name in found:
            _refuse(f"targets called {mark.name}", found[mark.name], given)
        found[mark.name] = given
    return found


def _relevance(pattern: str, function: Callable[..., Any]) -> Relevance:
    """Find out now, not at the first delivery, what the function takes."""
    takes_recipient = _can_be_given(function, 2)
    if not takes_recipient and not _can_be_given(function, 1):
        raise AppError(
            f"{name_of(function)}{inspect.signature(function)}: still_relevant takes (event) or (event, recipient)"
        )
    return Relevance(pattern=pattern, function=function, takes_recipient=takes_recipient)


def _can_be_given(function: Callable[..., Any], count: int) -> bool:
    """Say whether it can be called with so many arguments, by their places."""
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        return False
    return True


def _refuse(what: str, first: Callable[..., Any], second: Callable[..., Any]) -> None:
    raise AppError(f"there are two {what}, {name_of(first)} and {name_of(second)}: keep one of them")
