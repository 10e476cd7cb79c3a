"""What stands in the way of an event that somebody describes on the command line, told before anything is rendered."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, Final

import msgspec
from columba_shared.event import Event

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.screen import note

if TYPE_CHECKING:
    from columba_shared.contract.path import Path as FactPath
    from columba_shared.settings import Settings

    from columba_consumers.app import App
    from columba_consumers.rendering.needs.needs import Need

_NEAR: Final = 3
_WIDEST: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """A fact that is missing, as its templates name it, and where they need it."""

    path: "FactPath"
    places: tuple[str, ...]


def require_sayable(settings: "Settings", event: Event) -> None:
    """Return if templates or a renderer may be able to say the event; raises Failure with all that is in the way.

    What only shows as it is rendered shows then.
    """
    from columba_consumers.app import App, load_app
    from columba_consumers.rendering.edition import Edition
    from columba_consumers.rendering.errors import RenderError
    from columba_consumers.rendering.folder import read
    from columba_consumers.rendering.needs.needs import needs_of
    from columba_consumers.rendering.settings import RenderingSettings
    from columba_consumers.targets.registry import Registry

    app = load_app(settings.app) if settings.app else App.empty()
    unloaded = _unloaded(app, settings, event.about)
    if app.renderer_for(event.kind, event.target) is not None:
        _note(unloaded)
        return
    rendering = RenderingSettings.of(settings)
    try:
        files = read(settings.templates, known={})
    except OSError:
        return  # rendering says more about it
    edition = Edition(files, folder=settings.templates, limits=rendering.limits, fallback=rendering.fallback)
    for parts in Registry(settings=settings, app=app).parts_of([event.target]):
        kinds = edition.kinds(parts)
        if event.kind not in kinds:
            raise Failure(_unknown(event, [*kinds, *(each.pattern for each in app.renderers.values())], settings))
        try:
            needs = [each for each in needs_of(edition, event.kind, parts).needs if each.always]
        except RenderError as error:
            raise Failure(error.description) from error
        _require(event, needs, app, unloaded)


def _unknown(event: Event, known: Sequence[str], settings: "Settings") -> str:
    return (
        f"nothing says {event.kind} by {event.target}: {_meant(event.kind, known, settings)}; else write its templates "
        f'in {settings.templates / event.kind}, or @renderer("{event.kind}", target="{event.target}") in the module of '
        "COLUMBA_APP"
    )


def _meant(kind: str, known: Sequence[str], settings: "Settings") -> str:
    kinds = sorted({each for each in known if not each.endswith("*")})
    if near := get_close_matches(kind, kinds, n=_NEAR):
        return f"perhaps {' or '.join(near)} was meant"
    if not kinds:
        return f"there are no templates in {settings.templates} (looked from {Path.cwd()})"
    if len(kinds) <= _NEAR:
        return f"there is only {' and '.join(kinds)}"
    return "`columba templates check` lists the kinds there are"


def _unloaded(app: "App", settings: "Settings", about: str | None) -> str | None:
    """Return why the app finds nothing for what the event is about; None: it is about nothing, or it may find it."""
    from columba_consumers.rendering.about import sort_and_id

    if about is None:
        return None
    sort, key = sort_and_id(about)
    if key is None:
        return f"--about {about} names a sort alone, and nothing is looked up: name a single one, such as {about}:42"
    if sort in app.loaders:
        return None
    module = f"the module of COLUMBA_APP, {settings.app}," if settings.app else "COLUMBA_APP is not set, so the app"
    has = " or ".join(f'@loader("{each}")' for each in sorted(app.loaders))
    return f'--about {about}: {module} has no @loader("{sort}")' + (f", only {has}" if has else "")


def _note(words: str | None) -> None:
    if words:
        note(f"{words}.")


def _require(event: Event, needs: "Sequence[Need]", app: "App", unloaded: str | None) -> None:
    """Raise Failure for what the templates need always and the event does not bring along."""
    missing = list(_gaps(event, needs))
    abouts = [each for each in needs if each.is_about] if "about" not in event.context else []
    if not abouts:
        _note(unloaded)
    lines = _facts(event.context, missing) if missing else []
    if abouts and event.about is None:
        sort = next(iter(sorted(app.loaders)), event.kind.partition(".")[0])
        lines.append(f"It tells of what the event is about ({abouts[0].places[0]}): give --about, such as {sort}:42")
    elif abouts and unloaded:
        lines.append(f"It tells of what the event is about ({abouts[0].places[0]}), but {unloaded}")
    if lines:
        raise Failure("\n".join((f"{event.kind} cannot be said by {event.target} yet.", *lines)))


def _gaps(event: Event, needs: "Sequence[Need]") -> "Iterator[_Gap]":
    from columba_consumers.rendering.needs.gaps import gaps

    for each in needs:
        if not each.is_about:
            yield from (_Gap(path=path, places=each.places) for path in gaps(event.context, each.path))


def _facts(context: dict[str, Any], missing: Sequence[_Gap]) -> list[str]:
    """Return the lines that name what is missing, and how all of it can be given at once."""
    from columba_shared.contract.path import spelled

    from columba_consumers.rendering.needs.gaps import BLANK, completed

    names = [spelled(each.path) for each in missing]
    width = min(_WIDEST, max(map(len, names)))
    lines = [f"  {name:<{width}}  {', '.join(each.places)}" for name, each in zip(names, missing, strict=True)]
    whole = msgspec.json.encode(completed(context, [each.path for each in missing])).decode()
    plain = " ".join(f"--set {name}={BLANK}" for name in names) if all(len(each.path) == 1 for each in missing) else ""
    how = f"Give them by --context {quote(whole)}" + (f", or as texts by {plain}" if plain else "")
    return ["It needs facts that were not given:", *lines, how]
