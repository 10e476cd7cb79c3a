"""The certificates with which Amazon SNS signs: fetched where its messages say, if that is Amazon, and kept a day."""

import re
import time
from collections import deque
from collections.abc import Callable
from datetime import datetime
from threading import Lock
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.x509 import Certificate, load_pem_x509_certificate

from columba_consumers.bounces.posted.amazon import Amazon
from columba_consumers.posting.post import Forged, NotNow

KEPT_SECONDS: Final = 24 * 3600.0
MOST_KEPT: Final = 20
MOST_A_MINUTE: Final = 10
"""Whoever knows a topic's name can make us ask, and no more often than this."""
_MINUTE: Final = 60.0
_PATH: Final = re.compile(r"/SimpleNotificationService-[0-9A-Za-z]{1,64}\.pem")


class Certificates:
    """Gives the keys in them. Several threads may ask; one at a time fetches."""

    def __init__(self, amazon: Amazon, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        """Fetch from there."""
        self._amazon = amazon
        self._monotonic = monotonic
        self._kept: dict[str, tuple[Certificate, float]] = {}
        self._asked: deque[float] = deque()
        self._lock = Lock()

    def key(self, link: str, now: datetime) -> RSAPublicKey:
        """Return the key; raises Forged for a link or a certificate that is none of Amazon's, NotNow without answer."""
        if _PATH.fullmatch(self._amazon.path(link)) is None:
            raise Forged("SigningCertURL leads to no certificate")
        certificate = self._certificate(link)
        key = certificate.public_key()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise Forged("the certificate has run out")
        if not isinstance(key, RSAPublicKey):
            raise Forged("the certificate is for another kind of signature")
        return key

    def _certificate(self, link: str) -> Certificate:
        with self._lock:
            kept, until = self._kept.get(link, (None, 0.0))
            if kept is not None and self._monotonic() < until:
                return kept
            self._count()
            try:
                found = load_pem_x509_certificate(self._amazon.fetch(link))
            except ValueError as error:
                raise Forged("SigningCertURL leads to no certificate") from error
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[link] = found, self._monotonic() + KEPT_SECONDS
            return found

    def _count(self) -> None:
        now = self._monotonic()
        while self._asked and self._asked[0] <= now - _MINUTE:
            self._asked.popleft()
        if len(self._asked) >= MOST_A_MINUTE:
            raise NotNow("too many certificates were asked for")
        self._asked.append(now)
