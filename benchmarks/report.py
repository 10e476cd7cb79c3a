"""The result as tables for people, and as JSON for programs."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from benchmarks.bare.cost import Cost
from benchmarks.bare.parts import BareParts
from benchmarks.distance import Distance, distances
from benchmarks.drain import Drain
from benchmarks.enqueue import Enqueueing
from benchmarks.latency import Latency
from benchmarks.memory import Growth
from benchmarks.result import Result


def show(result: Result, console: Console) -> None:
    """Print what was measured."""
    console.print(_table("Measured on", ("what", "which"), [*result.machine.items(), *result.settings.items()]))
    for table in _tables(result):
        console.print(table)
    _show_verdict(result, console)
    if not result.good:
        console.print("[bold red]Not good: see lost, doubled, log wrong, or the memory's growth.[/bold red]")


def _show_verdict(result: Result, console: Console) -> None:
    """Say what a mail costs beside what is bare; without the whole or the parts, nothing."""
    if result.ratio is None or result.ratio_to_whole is None or result.ratio_to_whole_with_claims is None:
        return
    first = next(each for each in result.drains if each.processes == 1)
    console.print(
        f"A mail costs the consumer {result.product_microseconds:.0f} µs of CPU "
        f"({first.loop}, {first.connections} connections):\n"
        f"  [bold]{result.ratio_to_whole:.2f} times[/bold] the bare whole that writes one row and promises nothing, "
        f"{result.ratio_to_whole_with_claims:.2f} times the one that commits before a mail and after it;\n"
        f"  {result.ratio_to_one_row:.2f} times the sum of the bare parts with one row, "
        f"{result.ratio:.2f} times that with four writes.",
        highlight=False,
    )


def as_json(result: Result) -> bytes:
    """Return all numbers, the derived ones included."""
    built: dict[str, Any] = msgspec.to_builtins(result)
    built["ratio"], built["ratio_to_one_row"], built["good"] = result.ratio, result.ratio_to_one_row, result.good
    built["ratio_to_whole"] = result.ratio_to_whole
    built["ratio_to_whole_with_claims"] = result.ratio_to_whole_with_claims
    built["distances"] = [
        {**msgspec.to_builtins(each), "times": each.times}
        for each in distances(result.drains, result.wholes, result.bare)
    ]
    if result.bare is not None:
        built["bare"]["microseconds"] = result.bare.microseconds
        built["bare"]["microseconds_with_claims"] = result.bare.microseconds_with_claims
    if result.growth is not None:
        built["growth"]["grown_mb"] = result.growth.grown_mb
    return msgspec.json.format(msgspec.json.encode(built), indent=2) + b"\n"


def _tables(result: Result) -> Iterator[Table]:
    if result.enqueueing:
        yield _enqueueings(result.enqueueing)
    if result.drains:
        yield _drains([*result.drains, *result.wholes])
    if result.latency is not None:
        yield _latency(result.latency)
    if result.bare is not None:
        yield _bare(result.bare)
    if result.mime:
        yield _mime(result.mime)
    if result.wholes:
        yield _distances(distances(result.drains, result.wholes, result.bare))
    if result.growth is not None:
        yield _growth(result.growth)


def _enqueueings(enqueueings: Sequence[Enqueueing]) -> Table:
    heads = ("how", "events", "per second", "CPU µs each")
    rows = [(it.how, it.events, f"{it.per_second:,.0f}", f"{it.cpu_microseconds:.0f}") for it in enqueueings]
    return _table("Enqueueing", heads, rows)


def _latency(it: Latency) -> Table:
    heads = ("events", "per second", "p50 ms", "p99 ms", "longest ms", "CPU s / 1,000", "others' cores")
    milliseconds = (f"{each:.1f}" for each in (it.p50_ms, it.p99_ms, it.longest_ms))
    row = (it.events, f"{it.per_second:g}", *milliseconds, f"{it.cpu_seconds_per_1000:.2f}", f"{it.others_cores:.1f}")
    return _table("Latency, enqueue to sink", heads, [row])


def _bare(it: BareParts) -> Table:
    costs = (*it.parts, it.one_row, it.four_writes)
    rows = [
        *((each.part, f"{each.microseconds:.1f}", f"{each.per_second:,.0f}") for each in costs),
        ("sum with one row", f"{it.microseconds:.1f}", ""),
        ("sum with four writes", f"{it.microseconds_with_claims:.1f}", ""),
    ]
    return _table(f"Bare parts, {it.loop}", ("part", "CPU µs a mail", "per second"), rows)


def _mime(costs: Iterable[Cost]) -> Table:
    rows = [(each.part, f"{each.microseconds:.1f}", f"{each.per_second:,.0f}") for each in costs]
    return _table("Writing a mail of text and HTML", ("way", "CPU µs a mail", "per second"), rows)


def _distances(found: Iterable[Distance]) -> Table:
    heads = ("loop", "connections", "beside", "the product, CPU µs", "bare, CPU µs", "times")
    rows = [
        (it.loop, it.connections, it.beside, f"{it.product_microseconds:.0f}", f"{it.bare_microseconds:.0f}",
         f"{it.times:.2f}")
        for it in found
    ]  # fmt: skip
    return _table("Distance, one process, a mail", heads, rows)


def _growth(it: Growth) -> Table:
    heads = ("waiting", "drained", "warm", "most after", "grown")
    megabytes = (f"{each:.1f}" for each in (it.warm_mb, max(it.then_mb), it.grown_mb))
    return _table("Memory of one consumer, MB", heads, [(f"{it.waiting:,}", f"{it.drained:,}", *megabytes)])


def _drains(drains: Sequence[Drain]) -> Table:
    heads = (
        "program", "loop", "processes", "connections", "octets", "per second", "CPU s / 1,000", "whole life, CPU s",
        "peak MB", "lost", "doubled", "log wrong", "sink's CPU s", "others' cores",
    )  # fmt: skip
    return _table("Draining", heads, [_drain(each) for each in drains])


def _drain(it: Drain) -> tuple[object, ...]:
    return (
        it.program, it.loop, it.processes, it.connections, f"{it.octets_per_mail:.0f}", f"{it.per_second:,.0f}",
        f"{it.cpu_seconds_per_1000:.3f}", f"{it.whole_life_cpu_seconds:.2f}", f"{it.peak_mb:.0f}", it.lost, it.doubled,
        it.log_wrong, f"{it.sink_cpu_seconds_per_1000:.3f}", f"{it.others_cores:.1f}",
    )  # fmt: skip


def _table(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]]) -> Table:
    table = Table(title=title, title_justify="left", title_style="bold")
    for place, head in enumerate(heads):
        table.add_column(head, no_wrap=place == 0, justify="left" if place == 0 or len(heads) == 2 else "right")  # noqa: PLR2004 - a name and its value
    for row in rows:
        table.add_row(*map(str, row))
    return table
