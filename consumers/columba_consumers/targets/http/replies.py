"""What an HTTP reply means for the delivery: one table, read from the top; for built-in targets and for your own.

The meanings are those of RFC 9110 and RFC 6585, with the codes that large gateways (Cloudflare, nginx) have added.

* 401, 407, 402 and 511 are about us and not about this delivery: our login, our account, our network.
* 3xx, 404, 405 and 410 from a provider's API whose URL settings name say that it is not there: no message's fault, and
  no address's.
* 409 is how providers answer while another request with the same idempotency key is under way.
* 502, 504, 520 and 524 come from a gateway that has passed the request on, and got no answer, or none that it
  understood: somebody may have it. Others wait meanwhile, so that an outage leaves no more in doubt than was under way.
* 503 with Retry-After asks for patience, without it something is out of order.
* Redirects are not followed: a message is not taken to a place that nobody configured.
"""

import errno
import re
import socket
import ssl
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Final

from columba_shared.clock import Clock, utc_now

from columba_consumers.errors import (
    DeliveryError,
    NetworkTrouble,
    Permanent,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)

LONGEST_PAUSE: Final = timedelta(days=1)
"""Who asks for more is asked again after that."""
_NOWHERE: Final = frozenset(
    {errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EHOSTDOWN, errno.ENETDOWN}
)
_PYTHONS: Final = frozenset({"builtins", "socket", "ssl"})
_SUCCESS: Final = range(200, 300)
_UNAVAILABLE: Final = 503
_NO_API: Final = frozenset({*range(300, 400), 404, 405, 410})
_CLIENT: Final = range(300, 500)
_SERVER: Final = range(500, 600)

_THROTTLED: Final = frozenset({429, 529})
_DOWN: Final = frozenset({401, 402, 407, 503, 511, 521, 522, 523, 525, 526, 530})
_TEMPORARY: Final = frozenset({408, 409, 421, 423, 425, 499})
_PERMANENT: Final = frozenset({501, 505})
_UNKNOWN: Final = frozenset({502, 504, 520, 524})
_MEANINGS: Final[tuple[tuple[Iterable[int], type[DeliveryError]], ...]] = (
    (_THROTTLED, Throttled),
    (_DOWN, TargetDown),
    (_TEMPORARY, Temporary),
    (_PERMANENT, Permanent),
    (_UNKNOWN, Unknown),
    (_CLIENT, Permanent),
    (_SERVER, Temporary),
)


def refusal(
    status: int,
    text: str = "",
    *,
    headers: Mapping[str, str] | None = None,
    destination: str | None = None,
    of_api: bool = False,
    now: Clock = utc_now,
) -> DeliveryError:
    """Return the error that a reply other than 2xx is; raises ValueError for a success.

    ``text`` is what people should read of the body. ``destination`` is the part of the target that was asked (a host,
    an account), None when it is all of it. ``of_api`` says that an API's fixed URL was asked, and
    nothing of the delivery's is in it.
    """
    if status in _SUCCESS:
        raise ValueError(f"{status} is a success")
    code, words, after = str(status), told(status, text), retry_after(headers or {}, now=now)
    if of_api and status in _NO_API:
        return TargetDown(f"{words} (is the API at this URL?)", code=code, destination=destination)
    kind = next((kind for statuses, kind in _MEANINGS if status in statuses), Temporary)
    if kind is Throttled or (status == _UNAVAILABLE and after is not None):
        return Throttled(words, code=code, after=after, destination=destination)
    if kind is TargetDown:
        return TargetDown(words, code=code, destination=destination)
    if kind is Unknown:
        return Unknown(words, code=code, down=True, destination=destination)
    return Temporary(words, code=code, after=after) if kind is Temporary else kind(words, code=code)


def broken(error: BaseException, *, handed_over: bool, destination: str | None = None) -> DeliveryError:
    """Return the error that a request without a reply is.

    ``handed_over`` says whether the request may have left whole, so that somebody may act on it. Before that, it is a
    target out of order when nobody was reached, or not whom we trust, and else trouble on the way.
    """
    words = _words(error)
    if handed_over:
        return Unknown(f"{words} (after the request, before the reply)")
    if any(map(_is_nowhere, (error, error.__cause__))):
        return TargetDown(words, destination=destination)
    return NetworkTrouble(f"{words} (before the end of the request)")


def retry_after(headers: Mapping[str, str], *, now: Clock = utc_now) -> timedelta | None:
    """Return for how long the server asks to be left alone, at most a day; None when it does not, or not legibly.

    It may say seconds, or a moment; that one is measured by the server's own clock if it tells the time.
    """
    given = {name.lower(): value for name, value in headers.items()}
    text = given.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,10}", text):
        return min(timedelta(seconds=int(text)), LONGEST_PAUSE)
    moment = _moment(text)
    if moment is None:
        return None
    return min(max(moment - (_moment(given.get("date", "")) or now()), timedelta(0)), LONGEST_PAUSE)


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # of numbers that no calendar has
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def told(status: int, text: str = "") -> str:
    """Return what people read of a reply: its status in words, and what it says."""
    try:
        phrase = f" {HTTPStatus(status).phrase}"
    except ValueError:
        phrase = ""
    return f"{status}{phrase}" + (f": {text}" if text.strip() else "")


def _words(error: BaseException) -> str:
    """Return what kind of error it is, at which host, and Python's own words: a library's may hold the whole URL."""
    within = (error, getattr(error, "os_error", None), getattr(error, "certificate_error", None), error.__cause__)
    own = next((each for each in within if isinstance(each, OSError) and type(each).__module__ in _PYTHONS), "")
    host = getattr(error, "host", None)
    parts = (type(error).__name__, host if isinstance(host, str) else "", str(own))
    return ": ".join(filter(None, parts))


def _is_nowhere(error: BaseException | None) -> bool:
    """Say whether nobody was reached, or somebody else: refused, no way, an unknown name, a wrong certificate."""
    if isinstance(error, socket.gaierror | ssl.SSLCertVerificationError):
        return True
    return isinstance(error, OSError) and error.errno in _NOWHERE
