"""The targets: whether each can be made, and the provider behind it answers."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError, InvalidSetting, InvalidSettings

from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.errors import InvalidTarget

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.targets.kit import Check, TargetKit

PATIENCE: Final = timedelta(seconds=15)


def check_targets(settings: "Settings") -> Iterator[Finding]:
    """Yield for each target of COLUMBA_TARGETS whether it works: for email connect, TLS, log in, leave.

    Of several accounts each is tried.
    """
    from columba_consumers.app import App, AppError, load_app
    from columba_consumers.targets.registry import Registry

    try:
        app = load_app(settings.app) if settings.app else App.empty()
    except AppError:  # of which `check_wording` tells
        app = App.empty()
    registry = Registry(settings=settings, app=app)
    for name in settings.targets:
        try:
            kit = registry.kit(name)
        except ColumbaError as error:
            yield from _unmade(name, error)
        else:
            yield from asyncio.run(_probed(name, kit))


def _unmade(name: str, error: ColumbaError) -> Iterator[Finding]:
    """Yield why a target cannot be made: each setting that is wrong, or what is wrong with the target itself."""
    match error:
        case InvalidSettings():
            for each in error.problems:
                yield problem(name, str(each), fix=f"mend {each.name}")
        case InvalidSetting():
            yield problem(name, str(error), fix=f"mend {error.name}")
        case InvalidTarget():
            yield problem(name, str(error), fix="mend the target, or the package that brings it")
        case _:
            yield problem(name, str(error), fix="mend what it leads to, or take it out of COLUMBA_TARGETS")


async def _probed(name: str, kit: "TargetKit") -> list[Finding]:
    try:
        found = await asyncio.gather(*(_found(name, check) for check in kit.checks))
        return [*found, *(note(name, hint.text, fix=hint.fix) for hint in kit.hints)]
    finally:
        await kit.target.close()


async def _found(name: str, check: "Check") -> Finding:
    about = f"{check.about}: " if check.about else ""
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await check.probe()
    except ColumbaError as error:
        return problem(name, f"{about}{error}", fix=check.fix)
    except TimeoutError:
        return problem(name, f"{about}no answer within {PATIENCE.total_seconds():g} s", fix=check.fix)
    return ok(name, f"{about}{check.works}")
