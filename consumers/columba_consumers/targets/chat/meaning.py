"""What a delivery by Apprise came to, read from what was asked and answered meanwhile.

Apprise says yes or no. No may mean: nothing was asked; no connection; a refusal; no answer; or a part of it arrived.
"""

import re
import ssl
from typing import Any, Final
from urllib.parse import unquote

from columba_consumers.errors import DeliveryError, Permanent, Temporary, Unknown
from columba_consumers.targets.chat.watch import Answer, Watch
from columba_consumers.targets.http import broken, refusal

_SECRET: Final = re.compile(r"[^/@:?&=#,\s]{4,}")
"""What may be one, in a URL; a password is one however short it is."""
_SAID: Final = 300
_IN_PART: Final = "a part of it was taken, and another was not"
_GREETING: Final = frozenset(
    {
        "CERTIFICATE_VERIFY_FAILED",
        "NO_PROTOCOLS_AVAILABLE",
        "RECORD_LAYER_FAILURE",
        "SSLV3_ALERT_HANDSHAKE_FAILURE",
        "TLSV1_ALERT_PROTOCOL_VERSION",
        "TLSV1_UNRECOGNIZED_NAME",
        "UNSUPPORTED_PROTOCOL",
        "WRONG_VERSION_NUMBER",
    }
)
"""What OpenSSL calls it when two do not come together."""


def failure(watch: Watch, *, name: str, url: str, speaks_http: bool) -> DeliveryError:
    """Return what it means that Apprise said no; ``url`` is the destination's, none of which is told."""
    if any(watch.pieces):
        return Unknown(_IN_PART)
    if not watch.answers:
        words = without(url, watch.words[-1] if watch.words else "it did not say why")
        if speaks_http:
            return Permanent(f"Apprise refused it and asked nobody: {words}")
        return Temporary(f"Apprise could not deliver it: {words}")
    failed = [each for each in watch.answers if not each.is_success]
    if not failed:
        last = watch.answers[-1]
        return Permanent(f"taken with {last.response.status_code}, but refused: {_said(last, url)}")
    if any(each.is_success and each.place == failed[-1].place for each in watch.answers):
        return Unknown(_IN_PART)
    meant = [_meaning(each, name=name, url=url) for each in failed]
    return next((each for each in meant if isinstance(each, Unknown)), meant[-1])


def unforeseen(error: Exception, watch: Watch, *, name: str, url: str, speaks_http: bool) -> DeliveryError:
    """Return what an error means that a service should not have raised; its words may hold anything, and are not told.

    It may work later, but for what somebody may have by then; what was said without HTTP nobody has listened to.
    """
    told = f"Apprise's service failed: {type(error).__name__}"
    in_doubt = (each.is_success or isinstance(_meaning(each, name=name, url=url), Unknown) for each in watch.answers)
    return Unknown(told) if not speaks_http or any(watch.pieces) or any(in_doubt) else Temporary(told)


def _meaning(answer: Answer, *, name: str, url: str) -> DeliveryError:
    if answer.error is not None:
        return unanswered(answer.error, name=name)
    response = answer.response
    return refusal(response.status_code, _said(answer, url), headers=response.headers, destination=name)


def unanswered(error: Exception, *, name: str) -> DeliveryError:
    """Return what it means that a request had no answer; its own words are not told, for they hold the URL."""
    from requests import exceptions  # noqa: PLC0415 - an extra, and this error is its own
    from urllib3 import exceptions as below  # noqa: PLC0415 - as above

    causes = _causes(error)
    # The libraries' own errors, OSErrors too, say the URL in their words.
    root = next((each for each in causes if isinstance(each, OSError) and _is_pythons(each)), None)
    before = (exceptions.ConnectTimeout, exceptions.InvalidURL, exceptions.ProxyError)
    handed_over = not (
        isinstance(error, before)
        or any(isinstance(each, below.NewConnectionError) or _is_greeting(each) for each in causes)
    )
    return broken(root or OSError(type(error).__name__), handed_over=handed_over, destination=name)


def _is_pythons(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] not in {"requests", "urllib3"}


def _is_greeting(error: BaseException) -> bool:
    """Say whether TLS failed as it began, before anything was said."""
    return isinstance(error, ssl.SSLError) and error.reason in _GREETING


def without(url: str, words: str) -> str:
    """Return words without anything of a URL in them, shortened."""
    _, _, rest = url.partition("://")
    login, at, _ = rest.rpartition("@")
    password = login.partition(":")[2] if at else ""
    written = {*_SECRET.findall(rest), *filter(None, [password])}
    for secret in sorted(written | set(map(unquote, written)), key=len, reverse=True):
        words = words.replace(secret, "***")
    return words[:_SAID]


def _said(answer: Answer, url: str) -> str:
    return without(url, answer.text)


def _causes(error: BaseException) -> list[BaseException]:
    """Return the error, and those that it came of: urllib3 hands some on in arguments and attributes."""
    found: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and not any(each is other for other in found):
            found.append(each)
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
    return found
