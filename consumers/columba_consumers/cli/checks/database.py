"""The log: whether its database answers, its tables are right, the clocks agree and the outbox is well."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from columba_shared.clock import Clock, utc_now
from columba_shared.errors import ColumbaError, MissingExtra
from columba_shared.log.errors import LogAbsent, LogNotReady
from columba_shared.redaction import redacted

from columba_consumers.cli.checks.finding import Finding, note, ok, problem
from columba_consumers.cli.opening import LogAway, log_of, translated
from columba_consumers.cli.words import because, counted, deliveries, relative

if TYPE_CHECKING:
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

SKEW: Final = timedelta(seconds=2)
"""More than that between our clock and the database's, and times in the log mislead people."""


def check_database(settings: "Settings", now: Clock = utc_now) -> Iterator[Finding]:
    """Yield how the log stands, until the first thing that makes the rest pointless; then the apps' own outbox."""
    yield from _log(settings, now)
    if settings.outbox_url != settings.database_url:
        yield from _elsewhere(settings)


def _log(settings: "Settings", now: Clock) -> Iterator[Finding]:
    where = redacted(settings.database_url)
    try:
        with log_of(settings) as engine:
            yield ok("log", f"{where} answers: {_version(engine)}")
            yield ok("log", "its tables are those this version works with")
            yield _clocks(engine, now)
            if settings.embedded or settings.outbox_url == settings.database_url:
                yield from _outbox(engine, _mover(settings))
            yield from _stops(engine, now())
            if settings.embedded:  # the broker has them in queues, of which it is asked
                yield from _dead(engine)
    except LogNotReady as error:
        text, _, fix = str(error).partition(": ")
        if isinstance(error, LogAbsent) and settings.embedded:
            yield note("log", text, fix=f"`columba up` creates it; or {fix}")
        else:
            yield problem("log", text, fix=fix)
    except ColumbaError as error:
        yield _amiss("log", "COLUMBA_DATABASE_URL", error)


def _amiss(about: str, setting: str, error: ColumbaError) -> Finding:
    """Return the problem with what a setting names; a driver that is missing says itself what brings it."""
    text, _, fix = str(error).partition("; ") if isinstance(error, MissingExtra) else (str(error), "", "")
    return problem(about, text.removeprefix(f"{setting}: "), fix=fix or f"mend {setting}, or what it names")


def _dead(engine: "Engine") -> Iterator[Finding]:
    """Nothing is wrong with the system for that, but somebody was not told."""
    from columba_shared.log.counting import counts
    from columba_shared.log.engine import reading
    from columba_shared.log.selection import Selection
    from columba_shared.state import State

    with reading(engine) as connection:
        number = sum(each.number for each in counts(connection, Selection(states={State.DEAD})))
    if number:
        yield note("dead", f"{deliveries(number)} given up", fix="`columba dead` groups them by cause")


def _stops(engine: "Engine", now: datetime) -> Iterator[Finding]:
    """Somebody meant them, and somebody else wonders why nothing is sent."""
    from columba_shared.log.engine import reading
    from columba_shared.log.pauses import pauses

    from columba_consumers.cli.checks.bounces import check_bounces
    from columba_consumers.cli.checks.brakes import check_brakes

    with reading(engine) as connection:
        found, stops = pauses(connection), [*check_brakes(connection), *check_bounces(connection)]
    yield from stops
    for each in found:
        text = f"{each.target} was paused {relative(each.at, now)} by {each.who}{because(each.why)}"
        yield note("paused", text, fix=f"`columba resume {each.target}` lets it go on")


def _version(engine: "Engine") -> str:
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        info = connection.dialect.server_version_info
    return " ".join((engine.dialect.name, ".".join(str(part) for part in info or ())))


def _clocks(engine: "Engine", now: Clock) -> Finding:
    """Compare half-way through the question, so that a slow network is no skew."""
    asked = now()
    theirs = _database_clock(engine)()
    answered = now()
    skew = theirs - (asked + (answered - asked) / 2)
    seconds = skew.total_seconds()
    if abs(skew) > SKEW + (answered - asked) / 2:
        side = "ahead of" if seconds > 0 else "behind"
        text = f"the database's clock is {abs(seconds):.1f} s {side} ours"
        return problem("clock", text, fix="synchronise the clocks of both machines (NTP)")
    return ok("clock", f"the database's clock and ours agree ({seconds:+.2f} s)")


def _database_clock(engine: "Engine") -> Callable[[], datetime]:
    from columba_shared.log.engine import reading
    from sqlalchemy import text

    query = {
        "postgresql": "SELECT clock_timestamp() AT TIME ZONE 'UTC'",
        "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')",
    }.get(engine.dialect.name, "SELECT UTC_TIMESTAMP(6)")

    def ask() -> datetime:
        with reading(engine) as connection:
            told = connection.scalar(text(query))
        return datetime.fromisoformat(str(told)).replace(tzinfo=UTC)

    return ask


def _mover(settings: "Settings") -> str:
    return "columba up" if settings.embedded else "columba relay"


def _elsewhere(settings: "Settings") -> Iterator[Finding]:
    """Yield how the apps' outbox stands, which is in a database of theirs."""
    from columba_shared.log.engine import connect
    from columba_shared.log.tables import outbox
    from sqlalchemy import inspect

    try:
        theirs = connect(settings.outbox_url, setting="COLUMBA_OUTBOX_URL")
    except ColumbaError as error:
        yield _amiss("outbox", "COLUMBA_OUTBOX_URL", error)
        return
    where, mover = redacted(settings.outbox_url), _mover(settings)
    try:
        with translated(settings, setting="COLUMBA_OUTBOX_URL"):
            if theirs.dialect.name == "sqlite" and not Path(theirs.url.database or "").exists():
                yield note("outbox", f"{where} is not there yet", fix="whoever writes to it first creates it")
            elif not inspect(theirs).has_table(outbox.name):
                yield note("outbox", f"{where} has no table for it yet", fix=f"`{mover}` or the app creates it")
            else:
                yield from _outbox(theirs, mover, f" at {where}")
    except LogAway as error:
        yield _amiss("outbox", "COLUMBA_OUTBOX_URL", error)
    finally:
        theirs.dispose()


def _outbox(engine: "Engine", mover: str, where: str = "") -> Iterator[Finding]:
    """Rows set aside wait for a person; rows that are old wait for a relay."""
    from columba_shared.log.engine import reading
    from columba_shared.log.tables import outbox
    from sqlalchemy import func, select

    query = select(func.count(), func.count(outbox.c.problem), func.min(outbox.c.problem)).select_from(outbox)
    with reading(engine) as connection:
        waiting, aside, example = connection.execute(query).one()
    if aside:
        text = f"{counted(aside, 'event')} set aside{where}, for example because: {example}"
        yield problem("outbox", text, fix="see `columba stats`; mend what is wrong, or delete the rows")
    if waiting > aside:
        yield note(
            "outbox",
            f"{counted(waiting - aside, 'event')} in it to be moved{where}",
            fix=f"`{mover}` moves them: is it running?",
        )
    elif not aside:
        yield ok("outbox", f"empty{where}")
