"""`manage.py pigeon_mass_push weeklydigest [argument …]`: push a selection together."""

import argparse
import json
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from columba_producer.django import commanding, one_pass, producer
from columba_producer.rules.failure import Failure
from django.core.management.base import BaseCommand, CommandError

from carrier_pigeon.configuration import DefaultConfiguration, MassPusherConfiguration
from carrier_pigeon.registry import REGISTRY, RULES

_MOST: Final = 10
"""How many failures are told one by one."""


class Command(BaseCommand):
    """One event for the selection, which is packed once for all destinations."""

    help = "Push a selection together. From now on: manage.py columba_push --together"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the rule, and whatever its `get_items_to_push` takes."""
        parser.add_argument("rule_name")
        parser.add_argument("arguments", nargs="*")

    def handle(self, *, rule_name: str, arguments: list[str], **_: Any) -> None:
        """Push, and say whether everybody has it; raises CommandError if not."""
        self.stderr.write("pigeon_mass_push: from now on `manage.py columba_push --together`")
        configuration = _mass(rule_name)
        failed_before = len(RULES.failures.last)
        things = configuration.get_items_to_push(*arguments)
        event_id = RULES.push_together(rule_name, things, through=producer())
        failed = RULES.failures.last[failed_before:]
        if event_id is None:
            _say_failures(failed)
            self.stdout.write("There is nothing to push")
            return
        try:
            one_pass.deliver("files")
        except CommandError as problem:  # perhaps of others: this one's own deliveries tell
            self.stderr.write(str(problem))
        _check(event_id)
        _say_failures(failed)
        self.stdout.write("Job ran correctly")


def _mass(name: str) -> MassPusherConfiguration:
    found: DefaultConfiguration | None = REGISTRY.get(name)
    if not isinstance(found, MassPusherConfiguration):
        known = ", ".join(key for key, each in REGISTRY.items() if isinstance(each, MassPusherConfiguration))
        raise CommandError(f"there is no mass rule {name!r}; there are {known or 'none'}")
    return found


def _say_failures(failed: Sequence[Failure]) -> None:
    if failed:
        told = "; ".join(f"{each.about}: {each.problem}" for each in failed[:_MOST])
        raise CommandError(f"{len(failed)} failed: {told}")


def _check(event_id: UUID) -> None:
    told = commanding.said("list", "--event", str(event_id), "--all", "--json")
    deliveries = [json.loads(line) for line in told.splitlines()]
    missing = [each for each in deliveries if each["state"] not in {"sent", "skipped"}]
    if missing or not deliveries:
        names = "; ".join(f"{each['address']} is {each['state']}: {each['reason']}" for each in missing)
        raise CommandError(f"not pushed: {names or 'nothing is on record'} (columba show {event_id})")
