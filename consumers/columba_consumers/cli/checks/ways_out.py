"""The targets: whether each is known and the provider behind it answers."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError, InvalidSetting
from columba_shared.redaction import redacted

from columba_consumers.cli.checks.finding import Finding, note, ok, problem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from columba_shared.settings import Settings

    from columba_consumers.targets.built_in import TargetKit

PATIENCE: Final = timedelta(seconds=15)


def check_targets(settings: "Settings") -> Iterator[Finding]:
    """Yield for each target of COLUMBA_TARGETS whether it works: for email connect, TLS, log in, leave.

    Of several accounts each is tried.
    """
    from columba_consumers.targets.built_in import target_kits

    for name in settings.targets:
        try:
            (kit,) = target_kits(settings, (name,))
        except ColumbaError as error:
            fix = f"mend {error.name}" if isinstance(error, InvalidSetting) else _fix(name, settings)
            yield problem(name, str(error), fix=fix)
        else:
            yield from asyncio.run(_probed(name, kit, settings))


async def _probed(name: str, kit: "TargetKit", settings: "Settings") -> list[Finding]:
    try:
        if not kit.accounts:
            return [await _found(name, kit.target.probe, _working(name, settings), _fix(name, settings))]
        sink = f", and every mail goes to {settings.sink_email} (COLUMBA_SINK_EMAIL)" if settings.sink_email else ""
        probes = [
            _found(
                name,
                each.account.probe,
                f"{each.leads_to} answers and lets us in{sink}",
                f"mend account {each.account.name} in COLUMBA_SMTP_ACCOUNTS, or what it names",
                about=f"account {each.account.name}: ",
            )
            for each in kit.accounts
        ]
        return [*await asyncio.gather(*probes), *_unused(name, settings)]
    finally:
        await kit.target.close()


async def _found(
    name: str, probe: "Callable[[], Awaitable[None]]", working: str, fix: str, *, about: str = ""
) -> Finding:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await probe()
    except ColumbaError as error:
        return problem(name, f"{about}{error}", fix=fix)
    except TimeoutError:
        return problem(name, f"{about}no answer within {PATIENCE.total_seconds():g} s", fix=fix)
    return ok(name, f"{about}{working}")


def _unused(name: str, settings: "Settings") -> Iterator[Finding]:
    """Yield a note for each account that no route leads to."""
    used = {account for route in settings.smtp_routes for account in route.accounts}
    if not any(route.pattern == "*" for route in settings.smtp_routes):
        used.add(settings.smtp_accounts[0].name)
    for account in settings.smtp_accounts:
        if account.name not in used:
            text = f"account {account.name}: no route leads to it, only messages that name it go by it"
            yield note(
                name, text, fix=f"add it to COLUMBA_SMTP_ROUTES, such as *={account.name}, if it is to take over"
            )


def _working(name: str, settings: "Settings") -> str:
    if name != "email":
        return "answers"
    if settings.sink_email:
        return f"every mail goes to {settings.sink_email} (COLUMBA_SINK_EMAIL)"
    if settings.smtp_accounts:
        return f"account {settings.smtp_accounts[0]} answers and lets us in"
    if settings.smtp_url:
        return f"{redacted(settings.smtp_url)} answers and lets us in"
    return f"no mail server is set: mail goes to the folder {settings.maildir}"


def _fix(name: str, settings: "Settings") -> str:
    if name == "email" and settings.smtp_accounts:
        return "mend COLUMBA_SMTP_ACCOUNTS, or what it names"
    if name == "email" and settings.smtp_url is None:
        return "make COLUMBA_MAILDIR a folder that can be written, or set COLUMBA_SMTP_URL"
    return "mend COLUMBA_SMTP_URL, or what it names" if name == "email" else "mend COLUMBA_TARGETS"
