"""The targets: whether each is known and the provider behind it answers."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from columba_shared.errors import ColumbaError, InvalidSetting
from columba_shared.redaction import redacted

from columba_consumers.cli.checks.finding import Finding, ok, problem

if TYPE_CHECKING:
    from columba_shared.settings import Settings

    from columba_consumers.targets.target import Target

PATIENCE: Final = timedelta(seconds=15)


def check_targets(settings: "Settings") -> Iterator[Finding]:
    """Yield for each target of COLUMBA_TARGETS whether it works: for email connect, TLS, log in, leave."""
    from columba_consumers.targets.built_in import target_kits

    for name in settings.targets:
        try:
            (kit,) = target_kits(settings, (name,))
            asyncio.run(_probe(kit.target))
        except ColumbaError as error:
            fix = f"mend {error.name}" if isinstance(error, InvalidSetting) else _fix(name, settings)
            yield problem(name, str(error), fix=fix)
        except TimeoutError:
            text = f"no answer within {PATIENCE.total_seconds():g} s"
            yield problem(name, text, fix=_fix(name, settings))
        else:
            yield ok(name, _working(name, settings))


async def _probe(target: "Target") -> None:
    try:
        async with asyncio.timeout(PATIENCE.total_seconds()):
            await target.probe()
    finally:
        await target.close()


def _working(name: str, settings: "Settings") -> str:
    if name != "email":
        return "answers"
    if settings.sink_email:
        return f"every mail goes to {settings.sink_email} (COLUMBA_SINK_EMAIL)"
    if settings.smtp_url:
        return f"{redacted(settings.smtp_url)} answers and lets us in"
    return f"no mail server is set: mail goes to the folder {settings.maildir}"


def _fix(name: str, settings: "Settings") -> str:
    if name == "email" and settings.smtp_url is None:
        return "make COLUMBA_MAILDIR a folder that can be written, or set COLUMBA_SMTP_URL"
    return "mend COLUMBA_SMTP_URL, or what it names" if name == "email" else "mend COLUMBA_TARGETS"
