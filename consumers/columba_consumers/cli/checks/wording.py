"""What is said: whether the app's module loads and the templates compile."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.cli.words import counted
from columba_consumers.errors import InvalidTarget

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.app import App
    from columba_consumers.rendering.parts import MessageParts
    from columba_consumers.targets.registry import Registry


def check_wording(settings: "Settings") -> Iterator[Finding]:
    """Yield how the app's module and the templates stand."""
    from columba_consumers.app import App, AppError, load_app

    app = App.empty()
    if settings.app is None:
        yield note("app", "COLUMBA_APP is not set: everything is said by templates")
    else:
        try:
            app = load_app(settings.app)
        except AppError as error:
            yield problem("app", error.problem, fix="mend the module, or COLUMBA_APP")
        else:
            yield ok("app", f"{settings.app}: {_marked(app)}")
            yield from _idle_policies(settings, app)
    yield from _templates(settings, app)


def _marked(app: "App") -> str:
    """Return how many functions of each kind there are."""
    words = [counted(len(app.renderers), "renderer"), counted(len(app.audiences), "audience")]
    words += [f"{len(app.relevances)} still_relevant"] if app.relevances else []
    words += [counted(len(app.loaders), "loader")] if app.loaders else []
    hooks = sum(map(len, app.hooks.values()))
    words += [counted(hooks, "hook")] if hooks else []
    words += [counted(len(app.targets), "target")] if app.targets else []
    policies = len(app.error_policies)
    words += [counted(policies, "error policy", "error policies")] if policies else []
    return ", ".join(words + (["users"] if app.users else []))


def _idle_policies(settings: "Settings", app: "App") -> Iterator[Finding]:
    """Yield the error policies that nothing ever asks: nobody would notice before the first failure."""
    from columba_consumers.targets.registry import Registry

    known = Registry(settings=settings, app=app).names
    for policy in app.error_policies.values():
        if policy.target not in known:
            text = f"{policy.name} judges the errors of {policy.target!r}, and there is no such target"
            yield problem("app", text, fix=f"name one that there is: {', '.join(known)}")


def _templates(settings: "Settings", app: "App") -> Iterator[Finding]:
    from columba_consumers.targets.registry import Registry

    if not settings.templates.is_dir():
        text = f"there is no folder {settings.templates}"
        if app.renderers:
            yield note("templates", text)
        else:
            yield problem("templates", text, fix="create it, or set COLUMBA_TEMPLATES or COLUMBA_APP")
        return
    known = _usable(Registry(settings=settings, app=app), settings.targets)
    found = [(kind, parts) for parts in known for kind in _kinds(settings.templates, parts)]
    broken = asyncio.run(_broken(settings, app, found))
    for file, reason in broken:
        yield problem("templates", reason, fix=f"mend {settings.templates}/{file}")
    if not broken:
        yield ok("templates", f"{_counted(found)} in {settings.templates}: every template compiles")


def _counted(found: "list[tuple[str, MessageParts[Any]]]") -> str:
    """Return how many kinds there are, and where they are said on several targets, on which."""
    by_target = Counter(parts.target for _, parts in found)
    told = f" ({', '.join(f'{target} {count}' for target, count in by_target.items())})" if len(by_target) > 1 else ""
    return counted(len({kind for kind, _ in found}), "kind") + told


def _usable(registry: "Registry", names: tuple[str, ...]) -> "Iterator[MessageParts[Any]]":
    """Yield what messages consist of, for each target that can be used; of the others `check_targets` tells."""
    for name in names:
        with suppress(InvalidTarget):
            yield from registry.parts_of([name])


def _kinds(folder: Path, parts: "MessageParts[Any]") -> Iterator[str]:
    """Yield the kinds for which the folder says something on this target."""
    for each in sorted(folder.iterdir()):
        if each.is_dir() and any((each / name).is_file() for name in parts.files()):
            yield each.name


async def _broken(
    settings: "Settings", app: "App", found: "list[tuple[str, MessageParts[Any]]]"
) -> list[tuple[str, str]]:
    from columba_consumers.rendering import Rendering, RenderingSettings
    from columba_consumers.rendering.errors import RenderError

    targets = {parts.target: parts for _, parts in found}
    rendering = Rendering(app=app, targets=targets, settings=RenderingSettings.of(settings))
    rendering.open()
    broken = []
    try:
        for kind, parts in found:
            try:
                await rendering.version(kind, parts.target)
            except RenderError as error:
                broken.append((kind, error.description))
    finally:
        await rendering.close()
    return broken
