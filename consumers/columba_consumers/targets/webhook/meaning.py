"""What a receiver's answer means for a webhook, as Standard Webhooks says."""

from typing import Final

from columba_consumers.errors import DeliveryError, Permanent, RecipientDead, Temporary, Throttled
from columba_consumers.targets.http import Reply, retry_after, told

_GONE: Final = 410
_TOO_MANY: Final = 429
_OVERLOADED: Final = frozenset({502, 503, 504, 529})
_REDIRECTS: Final = range(300, 400)


def failure(reply: Reply, host: str) -> DeliveryError:
    """Return the error that an answer is which is no success.

    Whoever asks for time gets it, all of the host. Everything else may work next time, since it is the receiver who
    mends it: that spends an attempt, so that an endpoint nobody looks after is given up in the end.
    """
    words, code = told(reply.status, reply.text), str(reply.status)
    if reply.status == _GONE:
        return RecipientDead(words, code=code)
    if reply.status in _REDIRECTS:
        return Permanent(f"{words} (redirects are not followed: the address is the URL that answers)", code=code)
    after = retry_after(reply.headers)
    if reply.status == _TOO_MANY or (after is not None and reply.status in _OVERLOADED):
        return Throttled(words, code=code, after=after, destination=host)
    return Temporary(words, code=code, after=after)
