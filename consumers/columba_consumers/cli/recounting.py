"""What bringing back came to, or would come to, as people and programs read it."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click
from columba_shared.clock import utc_now

from columba_consumers.cli.consent import require_consent
from columba_consumers.cli.recalling import Recalled
from columba_consumers.cli.screen import note, print_json, show, table
from columba_consumers.cli.words import brief, deliveries, relative

if TYPE_CHECKING:
    from columba_shared.log.replays import Replay

_WORDS: Final = {
    "delivered": "already delivered",
    "replaced": "replaced under its key",
    "changed": "changed since selected",
    "braked": "held by a brake",
    "otherwise": "in another state",
    "purged": "no longer in the log",
}


def tell(done: Recalled, *, embedded: bool, as_json: bool, **beside: object) -> None:
    """Print it; ``beside`` is what else a program is told."""
    if as_json:
        print_json(_plain(done) | beside)
        return
    if done.dry_run:
        _show_foretold(done)
    else:
        _tell_run(done, embedded=embedded)
    for state, count in sorted(done.others.items()):
        note(f"{deliveries(count)} left alone: {state.replace('_', ' ')}.")


def agree(foreseen: Recalled) -> None:
    """Show what would happen, and return once somebody agreed to it."""
    if foreseen.reopened:
        if foreseen.left:
            _show_left(foreseen)
        require_consent(f"Make {deliveries(foreseen.reopened)} go again?", given=False)


def _show_foretold(done: Recalled) -> None:
    if done.left:
        _show_left(done)
    note(f"{deliveries(done.reopened)} would go again.")
    if not done.selected:
        note("Nothing is like that: `columba dead` tells what is dead, and of which cause.")


def show_unfinished(found: "Sequence[Replay]", *, as_json: bool) -> None:
    """Print the replays that have not come to their end."""
    if as_json:
        for each in found:
            print_json(_plain_replay(each))
        return
    now = utc_now()
    rows = [
        (brief(each.id), f"{each.went:,}", f"{each.number:,}", each.who, relative(each.at, now), each.words)
        for each in found
    ]
    if not rows:
        note("Everything that was begun has come to its end.")
        return
    show(table(("id", "went", "of", "by", "begun", "what"), rows, right=("went", "of"), folds="what"))
    for each in found:
        if each.problem:
            note(f"{brief(each.id)}: {each.problem}")
    note(f"`columba replay --resume {brief(found[0].id)}` goes on.")


def _tell_run(done: Recalled, *, embedded: bool) -> None:
    what = f"{deliveries(done.reopened)} reopened"
    if done.reopened and embedded:
        what += "; `columba up` picks " + ("it" if done.reopened == 1 else "them") + " up"
    elif done.reopened:
        what += f", {done.published:,} published"
    click.echo(f"{what}.")
    from columba_shared.log.replaying import Fate

    if fates := ", ".join(f"{number:,} {fate}" for fate, number in sorted(done.fates.items()) if number):
        note(f"{'So far of' if done.fates[Fate.WAITING] else 'Of'} all that went: {fates}.")
    if done.left:
        _show_left(done)
    if done.problem:
        note(f"columba: {done.problem}")
        if done.published < done.reopened and not embedded:
            note("What was reopened and not published, the reconciler publishes.")
        if done.selection is not None and not done.over:
            note(f"`columba replay --resume {brief(done.selection)}` goes on with the rest, once it is mended.")


def _show_left(done: Recalled) -> None:
    rows = []
    for why, number in done.left.most_common():
        example = done.examples[why][0]
        whom = f"{example.address}: " if example.address else ""
        rows.append((f"{number:,}", _WORDS.get(why, why), f"{whom}{example.words}"))
    show(table(("number", "why it stays", "for example"), rows, right=("number",), folds="for example"))


def _plain(done: Recalled) -> dict[str, object]:
    return {
        "dry_run": done.dry_run,
        "selection": done.selection,
        "selected": done.selected,
        "others": done.others,
        "reopened": done.reopened,
        "left": _named(done.left),
        "examples": {str(why): each for why, each in done.examples.items()},
        "published": done.published,
        "fates": _named(done.fates),
        "problem": done.problem,
    }


def _named(counted: "Mapping[Any, int]") -> dict[str, int]:
    return {str(name): number for name, number in counted.items() if number}


def _plain_replay(each: "Replay") -> dict[str, object]:
    return {
        "id": each.id,
        "who": each.who,
        "words": each.words,
        "number": each.number,
        "went": each.went,
        "at": each.at,
        "problem": each.problem,
        "terms": each.terms,
    }
