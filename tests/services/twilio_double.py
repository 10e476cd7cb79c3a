"""Twilio's API for messages, as it is documented: numbers that are refused, limits, and everything that was taken."""

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from tests.services.http_double import Asked, Cut, Said, said

ACCOUNT: Final = "AC" + "0123456789abcdef" * 2
TOKEN: Final = "a-token-of-tests"  # noqa: S105 - of tests

REFUSALS: Final = {
    "+15005550001": (400, 21211, "The 'To' number +15005550001 is not a valid phone number."),
    "+15005550002": (400, 21612, "The 'To' phone number: +15005550002, is not currently reachable via SMS."),
    "+15005550003": (400, 21408, "Permission to send an SMS has not been enabled for the region."),
    "+15005550004": (400, 21610, "Attempt to send to unsubscribed recipient"),
    "+15005550009": (400, 21614, "'To' number is not a valid mobile number"),
    "+15005550010": (400, 21611, "This 'From' number has exceeded the maximum number of queued messages"),
    "+15005550011": (400, 99999, "A code that nobody knows"),
    "+15005550012": (500, 20500, "Internal Server Error"),
    "+15005550013": (400, 21606, "The 'From' phone number is not a message-capable one for this destination."),
    "+15005550014": (400, 21703, "The Messaging Service has no phone number for this destination."),
}
"""What it says to whom; a few of these numbers are those that Twilio itself keeps for tests."""
WRONG_SENDER: Final = "+15005550099"


@dataclass(slots=True)
class Twilio:
    """What it has taken, and what is wrong with it."""

    messages: list[dict[str, str]] = field(default_factory=list)
    busy_for_seconds: int | None = None
    """Whether it asks everybody to come again later."""
    suspended: bool = False
    gateway: int | None = None
    """With what a gateway answers in its place, in its own words."""
    reads_denied: bool = False
    """Whether the login may send, and nothing else."""
    cut_for: str | None = None
    """Of a message to this number it says nothing, although it has taken it."""

    def answer(self, asked: Asked) -> Said | Cut:
        """Answer as Twilio does."""
        if self.gateway is not None:
            return Said(status=self.gateway, body=b"<h1>Nobody behind me</h1>")
        return self._answer(asked)

    def _answer(self, asked: Asked) -> Said | Cut:
        login = base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {login}":
            return _refused(401, 20003, "Authenticate")
        if self.busy_for_seconds is not None:
            return _refused(429, 20429, "Too Many Requests", Retry_After=str(self.busy_for_seconds))
        if self.suspended:
            return _refused(401, 20005, "Account is not active")
        match asked.method, asked.path:
            case "GET", path if path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json?PageSize=1":
                return self._listed()
            case "POST", path if path == f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json":
                return self._sent(asked.form)
            case _:
                return _refused(404, 20404, f"The requested resource {asked.path} was not found")

    def _listed(self) -> Said:
        if self.reads_denied:
            return _refused(403, 70051, "Authorization error: invalid scope")
        return said(200, {"messages": [], "page_size": 1})

    def _sent(self, form: dict[str, str]) -> Said | Cut:
        to = form.get("To", "")
        if form.get("From") == WRONG_SENDER:
            return _refused(400, 21660, f"The 'From' number ({WRONG_SENDER}) is not one of this account")
        if to in REFUSALS:
            return _refused(*REFUSALS[to])
        sid = f"SM{len(self.messages):032x}"
        self.messages.append(form | {"sid": sid})
        if to == self.cut_for:
            return Cut.AFTER_READING
        return said(201, {"sid": sid, "status": "queued", "num_segments": "1", "error_code": None, "to": to})


def _refused(status: int, code: int, message: str, **headers: str) -> Said:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return said(status, {"code": code, "message": message, "more_info": more, "status": status}, **headers)


def status_post(url: str, fields: dict[str, str], *, token: str = TOKEN) -> tuple[bytes, dict[str, str]]:
    """Return the body and the headers with which Twilio tells an URL what became of a message."""
    content = url + "".join(f"{name}{value}" for name, value in sorted(fields.items()))
    signature = base64.b64encode(hmac.digest(token.encode(), content.encode(), hashlib.sha1)).decode()
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Twilio-Signature": signature}
    return urlencode(fields).encode(), headers
