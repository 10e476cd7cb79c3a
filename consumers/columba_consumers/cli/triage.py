"""`columba triage`: after an outage, what waits by kind and age, and rules for what to drop, hold or send."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from columba_shared.clock import utc_now
from columba_shared.errors import ColumbaError
from columba_shared.event import Lane
from columba_shared.topology import target_queue

from columba_consumers.cli.arguments import as_json, duration, kinds
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.opening import access_of, log_of, settings
from columba_consumers.cli.rules import Rule, read_rules
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.targets import require_targets
from columba_consumers.cli.triaging import Done, carry_out, foretold
from columba_consumers.cli.words import counted, deliveries
from columba_consumers.cli.words import duration as in_words

if TYPE_CHECKING:
    from columba_shared.log.backlog import Pile
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

_ACTIONS: Final = ("drop", "hold", "send")


@click.command()
@click.option("--drop", is_flag=True, help="Cancel what the options select.")
@click.option("--hold", is_flag=True, help="Hold it until somebody decides.")
@click.option("--send", is_flag=True, help="Let it go now, retries included.")
@click.option("--kind", metavar="KIND", type=kinds, help="Only of this kind; invoice.* for all below it.")
@click.option("--target", metavar="NAME", help="Only by this target.")
@click.option("--older-than", type=duration, metavar="DURATION", help="Only what has been due for that long: 1h, 2d.")
@click.option(
    "--rules",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="A TOML file of rules, the first that fits a delivery counts.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be done, and change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@author_options
@as_json
def command(  # noqa: PLR0913 - one parameter for each option
    *,
    drop: bool,
    hold: bool,
    send: bool,
    kind: str | None,
    target: str | None,
    older_than: timedelta | None,
    rules: Path | None,
    dry_run: bool,
    yes: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Show what waits, by kind and by how long it has been due; drop, hold or send by rule what is due.

    What is not due yet is shown and left alone. What is in a queue and not in the log yet is reached too: dropping and
    holding are kept as orders, for what was due by then. Pause the targets first, so that nothing goes out meanwhile.

    A rules file consists of [[rule]] tables with an action (drop, hold or send) and, as need be, kind, target and
    older_than.
    """
    read = settings()
    require_targets(read, target)
    chosen = [name for name, given in zip(_ACTIONS, (drop, hold, send), strict=True) if given]
    wanted = _rules(read, chosen, Rule(action="send", kind=kind, target=target, older_than=older_than), rules)
    with log_of(read) as engine:
        if not wanted:
            _look(read, engine, as_json=as_json)
            return
        found = foretold(engine, wanted)
        if not dry_run:
            if not as_json:
                _foretell(wanted, found)
            require_consent("Carry out these rules, on that and on what is not in the log yet?", given=yes)
            found = carry_out(read, engine, wanted, author(read))
    _tell(wanted, found, dry_run=dry_run, as_json=as_json)


def _rules(read: "Settings", chosen: list[str], given: Rule, file: Path | None) -> list[Rule]:
    """Return the rules that were asked for; none when only to look. Raises BadUsage."""
    narrowed = (given.kind, given.target, given.older_than) != (None, None, None)
    if file is not None:
        if chosen or narrowed:
            raise BadUsage("give --rules, or one rule by options, not both")
        return read_rules(file, targets=read.targets)
    if len(chosen) > 1:
        raise BadUsage("give one of --drop, --hold and --send")
    if not chosen:
        if narrowed:
            raise BadUsage("say what to do with it: --drop, --hold or --send")
        return []
    if not narrowed:
        raise BadUsage(f"say what to {chosen[0]}: --kind, --target or --older-than")
    return [Rule(action=chosen[0], kind=given.kind, target=given.target, older_than=given.older_than)]


def _look(read: "Settings", engine: "Engine", *, as_json: bool) -> None:
    from columba_shared.log.backlog import backlog
    from columba_shared.log.engine import reading

    now = utc_now()
    with reading(engine) as connection:
        piles = backlog(connection, now)
    queues, problem = _queues(read)
    if as_json:
        print_json({"at": now, "piles": piles, "queues": queues, "problem": problem})
        return
    _show(piles)
    for pile in (pile for pile in piles[:1] if pile.oldest_due_at <= now):
        note(f"The oldest has been due for {in_words(now - pile.oldest_due_at)}.")
    ready = sum(queues.values()) if queues else 0
    if ready:
        note(f"{counted(ready, 'message')} in the targets' queues: what nobody has tried yet has no row in the log.")
    if problem:
        note(f"columba: {problem}")


def _show(piles: "list[Pile]") -> None:
    from columba_shared.log.backlog import AGES, OLDER

    ages = [age for age in (*(name for name, _ in AGES), OLDER) if any(age in pile.ages for pile in piles)]
    if not piles:
        click.echo("Nothing waits.")
        return
    rows = [
        (pile.target, pile.kind, *(f"{pile.ages[age]:,}" if age in pile.ages else "" for age in ages)) for pile in piles
    ]
    show(table(("target", "kind", *ages), rows, right=tuple(ages), cut=("kind",)))


def _queues(read: "Settings") -> tuple[dict[str, int], str | None]:
    if read.embedded:
        return {}, None
    from columba_shared.topology.declare import depths

    names = tuple(target_queue(target, lane) for target in read.targets for lane in Lane)
    try:
        return {name: depth or 0 for name, depth in depths(names, access_of(read)).items()}, None
    except ColumbaError as error:
        return {}, str(error)


def _foretell(wanted: list[Rule], found: list[Done]) -> None:
    for rule, done in zip(wanted, found, strict=True):
        click.echo(f"{rule.words}: {deliveries(done.meant)} in the log")


def _tell(wanted: list[Rule], found: list[Done], *, dry_run: bool, as_json: bool) -> None:
    if as_json:
        told = [
            {"rule": rule.words, "meant": done.meant, "done": done.done}
            for rule, done in zip(wanted, found, strict=True)
        ]
        print_json({"dry_run": dry_run, "rules": told})
        return
    for rule, done in zip(wanted, found, strict=True):
        number = deliveries(done.meant) + " would be reached" if dry_run else deliveries(done.done) + " reached"
        click.echo(f"{rule.words}: {number}.")
    if not dry_run and any(rule.stops for rule in wanted):
        note("What was due by then and has no row yet is dropped or held when a consumer meets it.")
