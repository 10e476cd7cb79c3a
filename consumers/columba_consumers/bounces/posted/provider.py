"""Who reads what a provider of mail posts about mails that came back."""

from collections.abc import Sequence
from typing import Protocol

from columba_consumers.bounces.report import Report
from columba_consumers.posting.post import Post


class Provider(Protocol):
    """Reads what one provider posts."""

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what it says that is worth following, nothing for all else; may wait for a network; raises Refusal."""
