"""Bringing back what is dead, from asking to telling: what `columba replay` and `columba retry` share."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from columba_shared.clock import utc_now

from columba_consumers.cli.failure import Failure
from columba_consumers.cli.meaning import the_selection
from columba_consumers.cli.opening import publisher_of
from columba_consumers.cli.pacing import STOP_AT
from columba_consumers.cli.recall import Recall, named
from columba_consumers.cli.screen import commentary, note
from columba_consumers.cli.selecting import MOST
from columba_consumers.cli.words import brief

if TYPE_CHECKING:
    from columba_shared.log.audit import Author, Deed
    from columba_shared.log.entries import DeliveryEntry
    from columba_shared.log.foresight import Staying, Stays
    from columba_shared.log.moderated import Meant
    from columba_shared.log.replaying import Fate
    from columba_shared.log.replays import Replay
    from columba_shared.settings import Settings
    from sqlalchemy import Connection, Engine

    from columba_consumers.replay import Gauge, Result

_CHUNK = 500
_FEW = 4


@dataclass(slots=True, kw_only=True)
class Recalled:
    """What came of it, or would: how many were selected, went, and stayed for which reason.

    ``others`` were named and are in another state; ``fates`` is how all fare that ever went; ``problem`` says what went
    wrong, ``over`` whether nothing is left to go.
    """

    dry_run: bool = False
    selection: UUID | None = None
    selected: int = 0
    others: Counter[str] = field(default_factory=Counter)
    reopened: int = 0
    left: "Counter[Stays]" = field(default_factory=Counter)
    examples: "dict[Stays, list[Staying]]" = field(default_factory=dict)
    published: int = 0
    fates: "Counter[Fate]" = field(default_factory=Counter)
    problem: str | None = None
    over: bool = False


def listed(engine: "Engine") -> "list[Replay]":
    """Return the replays that have not come to their end."""
    from columba_shared.log import replays
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        return replays.unfinished(connection)


def foretold(engine: "Engine", recall: Recall, *, beside: "Sequence[DeliveryEntry]" = ()) -> Recalled:
    """Return what would go now and what would not, by the same judgement as when it goes; changes nothing.

    ``beside`` is what would be recorded as dead before.
    """
    from columba_shared.log.engine import reading
    from columba_shared.log.foresight import foresee, foresee_unrecorded

    from columba_consumers.replay import Result

    result = Result()
    with reading(engine) as connection:
        meant, others, new = _meant(engine, connection, recall, beside)
        for start in range(0, len(meant), _CHUNK):
            chunk, states = meant[start : start + _CHUNK], frozenset(recall.states)
            foreseen = foresee(connection, chunk, states=states, now=utc_now())
            result.reopened += len(foreseen.going)
            result.leave(foreseen.staying)
        foreseen = foresee_unrecorded(connection, new, now=utc_now())
        result.reopened += len(foreseen.going)
        result.leave(foreseen.staying)
    return _recalled(result, selected=len(meant) + len(new), others=others, dry_run=True)


def _meant(
    engine: "Engine", connection: "Connection", recall: Recall, beside: "Sequence[DeliveryEntry]"
) -> "tuple[Sequence[Meant], Counter[str], Sequence[DeliveryEntry]]":
    """Return what is meant, how many named ones are in another state, and which of those beside are meant as well."""
    from columba_shared.log import replays, selections
    from columba_shared.log.moderated import Meant

    if recall.ids:
        chosen = named(connection, recall)
        return [Meant(delivery_id=each) for each in chosen.ids], chosen.others, ()
    if recall.selection is not None:
        return list(selections.meant(engine, the_selection(connection, recall.selection).id)), Counter(), ()
    wanted = recall.chosen.selection(states=recall.states)
    places = [(each.created_at, each.id) for each in beside]
    meant, also = replays.would_freeze(connection, wanted, limit=recall.limit, beside=places)
    return meant, Counter(), [each for each in beside if each.id in also]


def recalled(read: "Settings", engine: "Engine", recall: Recall, author: "Author", what: "Deed") -> Recalled:
    """Freeze what is meant, or find the replay to go on with, and let it go until it ends or stops."""
    replay, others = (
        (_resumed(engine, recall), Counter[str]()) if recall.resume else _begun(engine, recall, author, what)
    )
    if replay.number > _FEW:
        note(f"Should it be interrupted: `columba replay --resume {brief(replay.id)}` goes on with it.")
    result = _run(read, engine, replay, author, recall)
    done = _recalled(result, selected=replay.number, others=others)
    done.selection, done.fates = replay.id, _fates(engine, replay)
    return done


def _begun(engine: "Engine", recall: Recall, author: "Author", what: "Deed") -> "tuple[Replay, Counter[str]]":
    from columba_shared.log import replays
    from columba_shared.log.replays import Asking, Terms

    terms = recall.pacing.on(Terms(states=recall.states, what=what, stop_at=STOP_AT))
    asking = Asking(who=author.who, words=recall.words, now=utc_now())
    with engine.begin() as connection:
        if recall.ids:
            chosen = named(connection, recall)
            return replays.freeze_named(connection, chosen.ids, terms, asking), chosen.others
        if recall.selection is not None:
            held = the_selection(connection, recall.selection)
            return replays.freeze_again(connection, held.id, terms, asking), Counter()
        wanted = recall.chosen.selection(states=recall.states)
        return replays.freeze(connection, wanted, terms, asking, limit=recall.limit), Counter()


def _resumed(engine: "Engine", recall: Recall) -> "Replay":
    from dataclasses import replace

    from columba_shared.log import replays

    with engine.begin() as connection:
        replay = the_replay(replays.matching(connection, recall.resume or "", limit=MOST), recall.resume or "")
        terms = recall.pacing.on(replay.terms)
        replays.begin_again(connection, replay.id, terms)
    return replace(replay, terms=terms, problem=None)


def the_replay(fitting: "Sequence[Replay]", beginning: str) -> "Replay":
    """Return the one that can go on; raises Failure."""
    if not fitting:
        raise Failure(f"no replay begins with {beginning}: `columba replay --unfinished` lists what can go on")
    if len(fitting) > 1:
        several = ", ".join(brief(each.id) for each in fitting)
        raise Failure(f"several replays begin with {beginning}, write more of it: {several}")
    if fitting[0].ended_at is not None:
        raise Failure(f"{beginning} has come to its end: nothing of it is left to go")
    return fitting[0]


def _run(read: "Settings", engine: "Engine", replay: "Replay", author: "Author", recall: Recall) -> "Result":
    from columba_consumers.copies.dispatch import ThroughPublisher
    from columba_consumers.copies.following import Following
    from columba_consumers.replay import Replayer

    with ExitStack() as stack:
        dispatch = None
        if not read.embedded:
            dispatch = ThroughPublisher(publisher=stack.enter_context(publisher_of(read)))
        say = stack.enter_context(commentary(replay.number))

        def told(result: "Result", gauge: "Gauge") -> None:
            say(replay.went + result.reopened + result.left.total(), _heard(gauge))

        following = Following(engine=engine, dispatch=dispatch)
        replayer = Replayer(
            engine=engine, following=following, author=author, patience=recall.pacing.patience, told=told
        )
        return asyncio.run(replayer.run(replay))


def _heard(gauge: "Gauge") -> str:
    said = ", ".join(f"{number:,} {fate}" for fate, number in sorted(gauge.fates.items()) if number)
    waiting = f"{len(gauge.outstanding):,} on their way" if gauge.watches else ""
    return ", ".join(each for each in (said, waiting) if each)


def _fates(engine: "Engine", replay: "Replay") -> "Counter[Fate]":
    from columba_shared.log.engine import reading
    from columba_shared.log.replaying import fared

    with reading(engine) as connection:
        return fared(connection, replay.id)


def _recalled(result: "Result", *, selected: int, others: Counter[str], dry_run: bool = False) -> Recalled:
    return Recalled(
        dry_run=dry_run,
        selected=selected,
        others=others,
        reopened=result.reopened,
        left=result.left,
        examples=dict(result.examples),
        published=result.published,
        problem=result.problem,
        over=result.over,
    )
