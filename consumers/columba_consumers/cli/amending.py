"""`columba amend`: what an event tells, whom it tells, or the exact words of one delivery."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click
from columba_shared.event import Recipient

from columba_consumers.cli.arguments import as_json, id_prefix
from columba_consumers.cli.author import Authorship, author_options
from columba_consumers.cli.facts import fact_options, facts
from columba_consumers.cli.failure import BadUsage
from columba_consumers.cli.looking import account_of, exact_message
from columba_consumers.cli.meaning import the_selection
from columba_consumers.cli.opening import log_of, publisher_of, settings
from columba_consumers.cli.screen import note, print_json, progress
from columba_consumers.cli.selecting import the_id
from columba_consumers.cli.words import deliveries

if TYPE_CHECKING:
    from uuid import UUID

    from columba_shared.log.amending import Place
    from columba_shared.log.audit import Author
    from columba_shared.settings import Settings
    from sqlalchemy import Engine

    from columba_consumers.moderation import Moderation, Tally

_file = click.Path(exists=True, dir_okay=False, path_type=Path)
Words = Mapping[str, str]
"""Parts of the exact message, by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What is to be changed: facts and recipients are the event's, words are one delivery's."""

    facts: Mapping[str, Any] | None = None
    replace_facts: bool = False
    selection_id: "UUID | None" = None
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()
    words: Words | None = None
    freeze: bool = False
    unfreeze: bool = False

    @property
    def of_delivery(self) -> bool:
        """Whether it is about the words of one delivery."""
        return bool(self.words) or self.freeze or self.unfreeze

    @property
    def of_event(self) -> bool:
        """Whether it is about the event."""
        return self.facts is not None or bool(self.add or self.remove)


@click.command()
@click.argument("id", type=id_prefix, metavar="[ID]", required=False)
@click.option("--selection", type=id_prefix, metavar="ID", help="The facts of all that a frozen selection holds.")
@fact_options
@click.option("--add", metavar="ADDRESS", multiple=True, help="Also tell this one; may be repeated.")
@click.option("--remove", metavar="ADDRESS", multiple=True, help="Tell this one nothing; may be repeated.")
@click.option("--subject", metavar="TEXT", help="The exact subject of one delivery.")
@click.option("--text", type=_file, metavar="FILE", help="The exact text of one delivery.")
@click.option("--html", type=_file, metavar="FILE", help="The exact HTML of one delivery.")
@click.option("--freeze", is_flag=True, help="Let one delivery go out word for word as it reads now.")
@click.option("--unfreeze", is_flag=True, help="Let its renderer say it anew.")
@author_options
@as_json
@click.pass_context
def command(  # noqa: PLR0913 - one parameter for each option
    ctx: click.Context,
    *,
    id: str | None,  # noqa: A002 - it is what people call it
    selection: str | None,
    context: str | None,
    context_file: IO[str] | None,
    pairs: tuple[str, ...],
    add: tuple[str, ...],
    remove: tuple[str, ...],
    subject: str | None,
    text: Path | None,
    html: Path | None,
    freeze: bool,
    unfreeze: bool,
    author: Authorship,
    as_json: bool,
) -> None:
    """Change what waits or is dead: an event's facts and recipients, or the exact words of one delivery.

    --context replaces an event's facts, --set changes single ones. Words that were given exactly are frozen: they go
    out as they are, whatever templates and facts say later; a part that is not given stays as it reads now, so change
    --text and --html together. ID is an event's or a delivery's.
    """
    given = facts(context, context_file, pairs) if context or context_file or pairs else None
    amendment = Amendment(
        facts=given,
        replace_facts=context is not None or context_file is not None,
        add=add,
        remove=remove,
        words=_words(subject, text, html),
        freeze=freeze,
        unfreeze=unfreeze,
    )
    _check(amendment, id, selection)
    read = settings()
    with log_of(read) as engine:
        if selection is not None:
            tallies = _amend_selected(read, engine, selection, amendment, author(read))
        else:
            tallies = _amend(read, engine, id or "", amendment, author(read))
    _tell(tallies, as_json=as_json)
    if not all(tally.complete and tally.problem is None for tally in tallies) or not sum(each.done for each in tallies):
        ctx.exit(1)


def _words(subject: str | None, text: Path | None, html: Path | None) -> Words:
    words = {"subject": subject} if subject is not None else {}
    for name, file in (("text", text), ("html", html)):
        if file is not None:
            try:
                words[name] = file.read_text(encoding="utf-8")
            except (OSError, UnicodeDecodeError) as error:
                raise BadUsage(f"--{name}: {file} cannot be read as UTF-8 text: {error}") from error
    return words


def _check(amendment: Amendment, beginning: str | None, selection: str | None) -> None:
    if (beginning is None) is (selection is None):
        raise BadUsage("say what: the id of an event or a delivery, or --selection")
    if selection is not None and (amendment.of_delivery or amendment.add or amendment.remove):
        raise BadUsage("--selection goes with --context and --set: what its events tell")
    if not (amendment.of_delivery or amendment.of_event):
        raise BadUsage("say what to change: --context, --set, --add, --remove, --subject, --text, --html, --freeze …")
    if amendment.of_delivery and amendment.of_event:
        raise BadUsage("change the event's facts and recipients, or one delivery's exact words: one after the other")
    if amendment.unfreeze and (amendment.freeze or amendment.words):
        raise BadUsage("--unfreeze goes alone: it lets the renderer say it anew")


def _amend(read: "Settings", engine: "Engine", beginning: str, amendment: Amendment, author: "Author") -> "list[Tally]":
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        found = the_id(connection, beginning, of="delivery" if amendment.of_delivery else "either")
    if amendment.of_delivery:
        return _run(read, engine, [lambda moderation: _reword(read, moderation, found, amendment, author)])
    places = _places(engine, found)
    return _run(read, engine, (step for place in places for step in _steps(engine, place, amendment, author)))


def _amend_selected(
    read: "Settings", engine: "Engine", beginning: str, amendment: Amendment, author: "Author"
) -> "list[Tally]":
    """Amend every event of which the selection holds something that waits or is dead."""
    from columba_shared.log.amending import places
    from columba_shared.log.engine import reading

    with reading(engine) as connection:
        selection = the_selection(connection, beginning)
        found = places(connection, selection.id)
    told = replace(amendment, selection_id=selection.id)
    with progress("amending", total=len(found)) as advance:
        steps = (step for place in found for step in _steps(engine, place, told, author))
        return _run(read, engine, steps, advance=lambda: advance(1))


Step = Callable[["Moderation"], Awaitable["Tally"]]


def _steps(engine: "Engine", place: "Place", amendment: Amendment, author: "Author") -> list[Step]:
    steps: list[Step] = []
    if amendment.facts is not None:
        context = _merged(engine, place, amendment)

        async def tell_otherwise(moderation: "Moderation") -> "Tally":
            of = amendment.selection_id
            return (await moderation.amend_context(place, context, author, selection_id=of))[1]

        steps.append(tell_otherwise)
    if amendment.add:
        new = [Recipient(address=address) for address in amendment.add]
        steps.append(lambda moderation: moderation.add_recipients(place, new, author))
    if amendment.remove:
        steps.append(lambda moderation: moderation.remove_recipients(place, amendment.remove, author))
    return steps


def _merged(engine: "Engine", place: "Place", amendment: Amendment) -> Mapping[str, Any]:
    from columba_shared.log.amending import kept_event
    from columba_shared.log.engine import reading

    given = dict(amendment.facts or {})
    if amendment.replace_facts:
        return given
    with reading(engine) as connection:
        before = kept_event(connection, place)
    return {**(before.context if before else {}), **given}


def _places(engine: "Engine", found: "UUID") -> "list[Place]":
    from columba_shared.log.amending import Place
    from columba_shared.log.engine import reading
    from columba_shared.log.reading import account, events

    with reading(engine) as connection:
        single = account(connection, found)
        if single is not None:
            return [Place(event_id=single.delivery.event_id, target=single.delivery.target)]
        return [Place(event_id=each.id, target=each.target) for each in events(connection, found)]


async def _reword(
    read: "Settings", moderation: "Moderation", delivery_id: "UUID", amendment: Amendment, author: "Author"
) -> "Tally":
    from columba_shared.log.moderated import Meant

    meant = [Meant(delivery_id=delivery_id)]
    if amendment.unfreeze:
        return await moderation.unfreeze(meant, author)
    exact = await exact_message(read, moderation.engine, delivery_id)
    if amendment.words:
        exact = _reworded(read, moderation.engine, delivery_id, exact.content, amendment.words)
    return await moderation.freeze(meant, {delivery_id: exact}, author)


def _reworded(read: "Settings", engine: "Engine", delivery_id: "UUID", content: bytes, words: Words) -> Any:  # noqa: ANN401 - an Exact, imported late
    """Return the message with these parts in place of its own; raises BadUsage for parts that it cannot have."""
    from columba_consumers.delivery.frozen import exact, thaw
    from columba_consumers.targets.content import parts_in, with_parts
    from columba_consumers.targets.registry import Registry

    account, _ = account_of(engine, delivery_id)
    (parts,) = Registry.of(read).parts_of([account.delivery.target])
    message = thaw(content, parts.kept)
    lacking = [name for name in words if name not in parts_in(message)]
    if lacking:
        raise BadUsage(f"--{lacking[0]}: a message by {account.delivery.target} has none")
    return exact(with_parts(message, words))


def _run(
    read: "Settings", engine: "Engine", steps: Iterable[Step], *, advance: Callable[[], None] = lambda: None
) -> "list[Tally]":
    """Take the steps one after the other, over one connection to the broker."""
    from columba_consumers.copies.dispatch import ThroughPublisher
    from columba_consumers.moderation import Moderation

    with ExitStack() as stack:
        dispatch = None
        if not read.embedded:
            dispatch = ThroughPublisher(publisher=stack.enter_context(publisher_of(read)))
        moderation = Moderation(engine=engine, dispatch=dispatch)

        async def run() -> "list[Tally]":
            tallies = []
            for step in steps:
                tallies.append(await step(moderation))
                advance()
            return tallies

        return asyncio.run(run())


def _tell(tallies: "list[Tally]", *, as_json: bool) -> None:
    done = sum(tally.done for tally in tallies)
    if as_json:
        left = {str(why): number for tally in tallies for why, number in tally.left.items()}
        print_json({"done": done, "left": left, "problem": [str(each.problem) for each in tallies if each.problem]})
        return
    click.echo(f"{deliveries(done)} amended.")
    if not done and not any(tally.left for tally in tallies):
        note("Nothing of it waits or is dead, or it was so already: what is sent or over stays as it is.")
    for tally in tallies:
        for why, number in tally.left.most_common():
            note(f"{deliveries(number)} left alone: {why}.")
        if tally.problem is not None:
            note(f"columba: {tally.problem}\nIt is decided; the reconciler publishes what has to follow.")
