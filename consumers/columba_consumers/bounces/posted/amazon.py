"""Looking something up at Amazon SNS, and nowhere else: over https, without redirects, bounded in size and time."""

import re
import ssl
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPSConnection
from typing import Final
from urllib.parse import urlsplit

from columba_consumers.posting.post import Forged, NotNow

PLACES: Final = re.compile(r"sns\.[a-z0-9-]{3,30}\.amazonaws\.com")
"""Who may be asked: a region's own server, at the usual port, as nobody."""
PATIENCE_SECONDS: Final = 5.0
MOST_OCTETS: Final = 64 * 1024
_OK: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Amazon:
    """Asks by links that stand in messages: anybody may have written those, so that they lead to these places only."""

    places: re.Pattern[str] = PLACES
    trust: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    def path(self, link: str) -> str:
        """Return the path and query of a link; raises Forged for one that leads elsewhere."""
        try:
            parts = urlsplit(link)
        except ValueError as error:
            raise Forged("a link in it is none") from error
        is_plain = re.fullmatch(r"[!-~]+", link) is not None
        if parts.scheme != "https" or self.places.fullmatch(parts.netloc) is None or not is_plain:
            raise Forged("a link in it does not lead to Amazon SNS")
        return (parts.path or "/") + (f"?{parts.query}" if parts.query else "")

    def fetch(self, link: str) -> bytes:
        """Return what is there; raises Forged for a link that leads elsewhere, and NotNow for any other answer."""
        path = self.path(link)
        connection = HTTPSConnection(urlsplit(link).netloc, timeout=PATIENCE_SECONDS, context=self.trust)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            body = answer.read(MOST_OCTETS + 1)
        except (OSError, HTTPException) as error:
            raise NotNow(f"Amazon SNS cannot be asked: {type(error).__name__}") from error
        finally:
            connection.close()
        if answer.status != _OK or len(body) > MOST_OCTETS:
            raise NotNow(f"Amazon SNS answers {answer.status}, with {len(body)} octets")
        return body
