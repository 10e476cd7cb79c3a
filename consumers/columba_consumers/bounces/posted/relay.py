"""Whole report mails, as a relay or a script posts them: believed as those from a pipe are.

The secret keeps strangers from posting; it does not vouch for what strangers wrote to the relay.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from columba_consumers.bounces.posted.secret import check_bearer
from columba_consumers.bounces.reading import read
from columba_consumers.bounces.report import Report
from columba_consumers.posting.post import Nonsense, Post


@dataclass(frozen=True, slots=True)
class Relay:
    """Reads the mail that is the body, whatever its type is said to be, but a form."""

    secrets: Sequence[str]

    def reports(self, post: Post) -> Sequence[Report]:
        """Return what the mail says; see Provider."""
        check_bearer(post, self.secrets)
        if post.headers.get("content-type", "").strip().lower().startswith("multipart/form-data"):
            raise Nonsense("this is a form: post the mail itself, as `curl --data-binary @-` does")
        if not post.body.strip():
            raise Nonsense("there is no mail in it")
        report = read(post.body)
        return [report] if report.verdicts else []
