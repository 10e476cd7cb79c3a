"""The facts of an event, as people give them on the command line: JSON, a file, single ones."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

import click

from columba_consumers.cli.failure import BadUsage


def fact_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add --context, --context-file and --set to a command."""
    for option in (
        click.option(
            "--set", "pairs", metavar="NAME=TEXT", multiple=True, help="One more fact, as text; may be repeated."
        ),
        click.option("--context-file", type=click.File(encoding="utf-8"), help="The facts, from a file; - is stdin."),
        click.option("--context", metavar="JSON", help="The facts, as a JSON object."),
    ):
        function = option(function)
    return function


def facts(context: str | None, context_file: IO[str] | None, pairs: Sequence[str]) -> Mapping[str, Any]:
    """Return the context that the options describe together; raises BadUsage."""
    if context is not None and context_file is not None:
        raise BadUsage("give --context or --context-file, not both")
    found: dict[str, Any] = {}
    if context is not None:
        found = _object("--context", context)
    elif context_file is not None:
        found = _object("--context-file", context_file.read())
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not name or not equals:
            raise BadUsage(f"--set: {pair!r} is no NAME=TEXT")
        found[name] = value
    return found


def _object(option: str, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadUsage(f"{option}: this is no JSON: {error}") from error
    if not isinstance(found, dict):
        raise BadUsage(f"{option}: must be a JSON object such as '{{\"number\": 42}}', not {type(found).__name__}")
    return found
