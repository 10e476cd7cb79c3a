"""`manage.py columba_push weekly [argument …]`: tell of what a rule selects, whether or not anybody has saved it."""

import argparse
from collections.abc import Iterable, Iterator
from typing import Any, Final

from columba_shared.errors import ColumbaError
from django.core.management.base import BaseCommand, CommandError

from columba_producer.django.publishing import producer
from columba_producer.django.rules import Rule, rules

_MOST: Final = 10
"""How many failures are told one by one."""


class Command(BaseCommand):
    """Enqueues; consumers deliver."""

    help = "Tell of the things that a rule selects, by an event for each, or by one for all of them."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the rule, what its selection takes, and how."""
        parser.add_argument("rule", help="its name")
        parser.add_argument("arguments", nargs="*", help="what its selection(…) takes")
        parser.add_argument("--together", action="store_true", help="as one event")

    def handle(self, *, rule: str, arguments: list[str], together: bool = False, **_: Any) -> None:  # noqa: ANN401 - options of Django's
        """Enqueue, and say how many; raises CommandError when there is no such rule, or it failed on something."""
        known, failed_before = rules(), len(rules().failures.last)
        try:
            things = _selected(known[rule], arguments)
            if together:
                event_id = known.push_together(rule, things, through=producer())
                self.stdout.write("nothing was left of it" if event_id is None else str(event_id))
            else:
                pushed = known.push(rule, things, through=producer())
                self.stdout.write(f"{len(pushed.ids)} queued, {pushed.left_out} left out")
        except ColumbaError as error:
            raise CommandError(str(error)) from error
        failed = known.failures.last[failed_before:]
        if failed:
            told = "; ".join(f"{each.about}: {each.problem}" for each in failed[:_MOST])
            raise CommandError(f"{len(failed)} failed: {told}")


def _selected(rule: Rule, arguments: list[str]) -> Iterable[Any]:
    found = rule.selection(*arguments)
    return _all(rule.models) if found is None else found


def _all(models: Iterable[Any]) -> Iterator[Any]:
    for model in models:
        yield from model._default_manager.order_by("pk").iterator()
