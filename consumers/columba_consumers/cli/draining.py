"""How a backlog reads to a person: a table, how fast it drains, the next hour, and what keeps it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import click

from columba_consumers.cli.screen import note, show, table, wide
from columba_consumers.cli.words import because, counted, deliveries, duration

if TYPE_CHECKING:
    from collections.abc import Mapping

    from columba_shared.log.waiting import Waiting

    from columba_consumers.cli.backlog import Backlog

_AGES: Final = {each: (each,) for each in ("< 1 min", "< 10 min", "< 1 h", "< 6 h", "< 1 d", "older")}
_FEW_AGES: Final = {
    "< 1 h": ("< 1 min", "< 10 min", "< 1 h"),
    "< 1 d": ("< 6 h", "< 1 d"),
    "older": ("older",),
}
"""Those for which a narrow terminal has room."""
_SHOWN: Final = 5
_UNITS: Final = (("s", 1), ("min", 60), ("h", 3600))


def show_backlog(found: "Backlog", *, limit: int) -> None:
    """Print it; what is merely said about it goes to standard error."""
    from columba_shared.log.waiting import total

    down = _down(found)
    parts = [each for each in found.parts if each.number or each.held or each.later or any(each.coming)]
    if parts:
        _show_parts(found.by, parts, limit, down)
    whole = total(parts)
    if any(whole.coming):
        click.echo()
        _show_hour(parts)
    elif not parts and not found.unrecorded:
        click.echo("Nothing waits.")
    _tell_down(sum(each.number for each in found.parts if _is(each, down)))
    silent = {each.target for each in found.closed if not each.name and each.down_since is not None}
    others = [each for each in found.parts if not _is(each, down)]
    _tell_drain(total(others), sum(number for target, number in found.unrecorded.items() if target not in silent))
    _tell_stuck(found, others)
    _tell_beside(found)


def _down(found: "Backlog") -> "set[tuple[str, str]]":
    """Return the parts of which nothing goes since nobody answers: their target, or the destination that they are."""
    silent = {(each.target, each.name) for each in found.closed if each.down_since is not None}
    by_name = silent if found.by == "destination" else set()
    keys = ((each.target, each.name) for each in found.parts)
    return {key for key in keys if key in by_name or (key[0], "") in silent}


def _is(part: "Waiting", those: "set[tuple[str, str]]") -> bool:
    return (part.target, part.name) in those


def _show_parts(by: str, parts: "list[Waiting]", limit: int, down: "set[tuple[str, str]]") -> None:
    from columba_shared.log.waiting import total

    shown, rest = parts[:limit], parts[limit:]
    joined = _AGES if wide() else _FEW_AGES
    ages = {name: ages for name, ages in joined.items() if any(age in each.due for each in parts for age in ages)}
    columns = ("target", by, "due", *ages, "later", "held", "gone in")
    rows = [_row(each.target, each.name, each, ages, down=_is(each, down)) for each in shown]
    if rest:
        rows.append(_row("", f"and {len(rest):,} more", total(rest), ages, down=all(_is(each, down) for each in rest)))
    show(table(columns, rows, right=columns[2:], cut=(by,)))


def _row(
    target: str, name: str, each: "Waiting", ages: "Mapping[str, tuple[str, ...]]", *, down: bool
) -> tuple[str, ...]:
    by_age = [sum(each.due.get(age, 0) for age in joined) for joined in ages.values()]
    numbers = [_number(number) for number in (each.number, *by_age, sum(each.coming) + each.later, each.held)]
    return target, name, *numbers, _gone_in(each, down=down)


def _gone_in(each: "Waiting", *, down: bool) -> str:
    if not each.number:
        return ""
    if down:
        return "down"
    return "stuck" if each.gone_in is None else duration(each.gone_in)


def _number(number: int) -> str:
    return f"{number:,}" if number else ""


def _show_hour(parts: "list[Waiting]") -> None:
    """Print by target what is due in each ten minutes of the next hour."""
    from columba_shared.log.waiting import STEP, total

    steps = [duration(STEP * (place + 1)) for place in range(len(parts[0].coming))]
    by_target: dict[str, list[Waiting]] = {}
    for each in parts:
        by_target.setdefault(each.target, []).append(each)
    rows = [(target, *map(_number, total(of_target).coming)) for target, of_target in sorted(by_target.items())]
    show(table(("due within", *steps), [row for row in rows if any(row[1:])], right=steps))


def _tell_down(number: int) -> None:
    """Say how much waits where no pace of before tells when it will have gone."""
    if number:
        note(f"\n{deliveries(number)} due for what is down: none of it goes until that answers again.")


def _tell_drain(whole: "Waiting", unrecorded: int) -> None:
    """Say how fast it goes and when it will have gone; what lies in queues only is counted in, but not its coming."""
    from columba_shared.log.waiting import WINDOW

    number = whole.number + unrecorded
    if not number:
        return
    if not whole.went:
        note(f"\n{deliveries(number)} due, and nothing went in the last {duration(WINDOW)}.")
        return
    went, came = _pace(whole.went, WINDOW), _pace(whole.came, WINDOW)
    lately = duration(WINDOW)
    paces = f"{went} went and {came} fell due"
    then = f"at that pace what is due has gone in {duration(WINDOW * (number / whole.went))}"
    if unrecorded:
        note(f"\n{deliveries(number)} due, and in the last {lately} {went} went: {then}.")
    elif whole.clears_in is None:
        note(f"\nIt did not drain in the last {lately}: {paces}; {then}.")
    else:
        note(f"\nIn the last {lately} {paces}: {then}, and none is left in {duration(whole.clears_in)}.")


def _tell_stuck(found: "Backlog", parts: "list[Waiting]") -> None:
    """Say to which of these parts nothing goes although something does elsewhere."""
    from columba_shared.log.waiting import WINDOW

    since = found.at - WINDOW
    stuck = [part for part in parts if not part.went and part.oldest_due_at and part.oldest_due_at < since]
    if stuck and any(part.went for part in parts):
        number = deliveries(sum(part.number for part in stuck))
        note(f"Of these, {number} for {counted(len(stuck), found.by)} to which nothing went in {duration(WINDOW)}.")


def _pace(number: int, window: timedelta) -> str:
    """Return how many a second, a minute or an hour: in the first of them in which it is one at least."""
    a_second = number / window.total_seconds()
    unit, rate = next(
        ((unit, a_second * size) for unit, size in _UNITS if a_second * size >= 1), (_UNITS[-1][0], a_second)
    )
    return f"{rate:,.0f}/{unit}"


def _tell_beside(found: "Backlog") -> None:
    oldest = min((each.oldest_due_at for each in found.parts if each.oldest_due_at is not None), default=None)
    if oldest is not None:
        note(f"The oldest has been due for {duration(found.at - oldest)}.")
    for target, number in sorted(found.unrecorded.items()):
        note(f"{counted(number, 'message')} in the queues of {target}: nobody has tried them, the log has no rows yet.")
    if found.outbox:
        note(f"{counted(found.outbox, 'event')} in the outbox.")
    if found.windows:
        note(f"{counted(found.windows, 'held one goes', 'held ones go')} by themselves within the hour.")
    for pause in found.paused:
        note(f"{pause.target} has been paused for {duration(found.at - pause.at)}, by {pause.who}{because(pause.why)}.")
    for each in found.closed[:_SHOWN]:
        name = each.name or each.target
        since = "" if each.down_since is None else f" has been down for {duration(found.at - each.down_since)}"
        until = "" if each.shut_until is None else f" is left alone for {duration(each.shut_until - found.at)}"
        note(f"{name}{since or until}{because(each.reply)}.")
    if len(found.closed) > _SHOWN:
        note(f"{counted(len(found.closed) - _SHOWN, 'more destination is', 'more destinations are')} down or shut.")
    if found.problem:
        note(f"columba: {found.problem}")
