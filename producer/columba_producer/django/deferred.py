"""Mails that were queued to be held, with the priority 4 or "deferred": letting them go, all at once."""

import json
from typing import Final

from columba_producer.django import commanding
from columba_producer.django.publishing import producer

_AS_PUBLISHED: Final = "published to be held by"
"""How the reason begins of what its publisher has held; what people or brakes hold stays with them."""


def let_go() -> int:
    """Approve them, and return how many they were; raises CommandError with Columba's exit status.

    What failed is not among them: Columba tries that again by itself.
    """
    kind = producer().configuration.mail_kind
    commanding.run("relay", "--once")  # what was queued a moment ago is let go, too
    which = ("--kind", kind, "--status", "held", "--reason", _AS_PUBLISHED)
    frozen = json.loads(commanding.said("list", *which, "--freeze", "--json"))
    if not frozen["number"]:
        return 0
    told = json.loads(commanding.said("approve", "--selection", frozen["id"], "--yes", "--json").splitlines()[-1])
    return int(told["done"])
