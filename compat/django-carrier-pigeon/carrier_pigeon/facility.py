"""Pushing one thing by hand."""

import logging
from typing import Any

from columba_producer.django import producer

from carrier_pigeon.deprecated import tell
from carrier_pigeon.registry import REGISTRY, RULES

logger = logging.getLogger("carrier_pigeon.facility")


def add_item_to_push(instance: Any, rule_name: str) -> None:
    """Queue a thing by a rule, in the transaction that is open; its type and state decide."""
    tell("add_item_to_push", "columba_producer.django.rules.rules().push(name, things, through=producer())")
    if rule_name not in REGISTRY:
        logger.warning(
            'Asked rule "%s" does not exist (instance : %s %s)', rule_name, type(instance).__name__, instance.pk
        )
        return
    RULES.push(rule_name, [instance], through=producer())
