"""Messages to the subscribers of a topic, on https://ntfy.sh or a server of one's own."""

import asyncio
import json
from http.client import HTTPException
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Throttled, Unknown
from columba_consumers.targets import DeliveryRef, Part, Receipt, Setting, SimpleTarget, parsers
from msgspec import Struct

from columba_ntfy.address import check_topic


class Ntfy(Struct, frozen=True):
    """What subscribers see."""

    text: str


class NtfyTarget(SimpleTarget):
    """Posts to a server: https://docs.ntfy.sh/publish."""

    name = "ntfy"
    message = Ntfy
    parts = (Part(field="text", file="ntfy.txt", required=True),)
    settings = (Setting(name="COLUMBA_NTFY_URL", default="https://ntfy.sh", parse=parsers.http_url, help="Where."),)
    validate = staticmethod(check_topic)

    def leads_to(self) -> str:
        """Return the server."""
        return str(self.env["url"])

    async def deliver(self, prepared: Ntfy, delivery: DeliveryRef) -> Receipt:
        """Post it; the answer is the message that the server made of it."""
        body = json.dumps({"topic": delivery.address, "message": prepared.text}).encode()
        answer = json.loads(await asyncio.to_thread(self._ask, "/", body))
        return Receipt(reply="published", provider_id=answer["id"])

    async def probe(self) -> None:
        """Ask whether it is well."""
        await asyncio.to_thread(self._ask, "/v1/health")

    def classify(self, error: Exception) -> DeliveryError | None:
        """Say what its answers mean, and what it means that none comes."""
        if isinstance(error, HTTPError):
            error.close()
            return {400: Permanent, 413: Permanent, 429: Throttled}.get(error.code, TargetDown)(str(error))
        if isinstance(error, URLError):
            return TargetDown(str(error))
        return Unknown(str(error)) if isinstance(error, OSError | HTTPException) else None

    def _ask(self, path: str, body: bytes | None = None) -> bytes:
        with urlopen(Request(self.env["url"] + path, body), timeout=10) as answer:  # noqa: S310 - its setting is a URL
            return bytes(answer.read())
