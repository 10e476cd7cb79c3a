"""As what somebody looked at a delivery: its key on a screen, which comes back with what they decide."""

import re
from typing import Final

from columba_shared.log.moderated import Meant
from columba_shared.log.records import DeliveryRecord
from columba_shared.log.reopening import REOPENABLE

from columba_consumers.desk.errors import Unfitting
from columba_consumers.desk.wanted import identity

_KEY: Final = re.compile(r"([^:]+):([0-9]{1,9}):([0-9]{1,9})")


def key_of(delivery: DeliveryRecord) -> str:
    """Return the key: which delivery, how often people have changed it, and how often it was tried."""
    return f"{delivery.id}:{delivery.revision}:{delivery.claim}"


def meant_by(key: str) -> Meant:
    """Return what a key stands for; raises Unfitting."""
    found = _KEY.fullmatch(key)
    if found is None:
        raise Unfitting(f"{key!r:.60} is no delivery of a list")
    return Meant(delivery_id=identity(found[1]), revision=int(found[2]), claim=int(found[3]))


def is_still(delivery: DeliveryRecord, meant: Meant) -> bool:
    """Say whether a delivery is as it was looked at: what is dead or in doubt anew is another matter."""
    untried = delivery.state not in REOPENABLE or meant.is_untried(delivery.claim)
    return delivery.revision == meant.revision and untried
