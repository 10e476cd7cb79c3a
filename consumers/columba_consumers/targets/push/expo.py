"""Expo's push service: two requests, of which each has its bounds and its own way to fail."""

import gzip
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import msgspec

from columba_consumers.errors import DeliveryError, Permanent, TargetDown, Unknown
from columba_consumers.targets.http import HttpClient, Reply, refusal
from columba_consumers.targets.push.tickets import id_or_error

MOST_RECEIPTS: Final = 1000
_MOST_OF_AN_ANSWER: Final = 4 * 1024 * 1024
_SHORT: Final = 1024
_SEVERAL_APPS: Final = "PUSH_TOO_MANY_EXPERIENCE_IDS"
NOBODYS: Final = "00000000-0000-0000-0000-000000000000"
"""What can be asked for as an id, and is none."""
_OF_ONE_AMONG_THEM: Final = frozenset({400, 413, 422})


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """One message as Expo takes it: in JSON already, so that none that cannot be written spoils it for others."""

    to: str
    octets: bytes


class Expo:
    """Asks; what comes of it is told message by message."""

    def __init__(self, *, url: str, token: str | None, timeout: timedelta) -> None:
        self._url = f"{url}/--/api/v2/push"
        self._headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if token is not None:
            self._headers["Authorization"] = f"Bearer {token}"
        self._client = HttpClient(timeout=timeout, most_octets=_MOST_OF_AN_ANSWER)

    async def send(self, batch: Sequence[Push]) -> Sequence[str | DeliveryError]:
        """Return for each message the id of its ticket, or what is wrong with it; raises DeliveryError for all of them.

        A batch that is refused as a whole is divided: by apps where Expo says so, else until the culprit stands alone.
        """
        reply = await self._posted("send", b"[%b]" % b",".join(each.octets for each in batch))
        with _in_doubt():
            return await self._tickets(batch, reply)

    async def _tickets(self, batch: Sequence[Push], reply: Reply) -> Sequence[str | DeliveryError]:
        answer = reply.json
        if reply.is_success and isinstance(answer.get("data"), list):
            if len(answer["data"]) != len(batch):
                raise Unknown(f"{len(batch)} messages were sent, and {len(answer['data'])} tickets came back")
            return [id_or_error(ticket) for ticket in answer["data"]]
        parts = _divided(batch, reply, answer)
        if len(parts) > 1:
            answers: dict[int, str | DeliveryError] = {}
            for part in parts:
                given = await self._answered([batch[place] for place in part])
                answers.update(zip(part, given, strict=True))
            return [answers[place] for place in range(len(batch))]
        raise _failure(reply, answer)

    async def receipts(self, ids: Sequence[str]) -> Mapping[str, Mapping[str, Any]]:
        """Return the receipts that there are of these tickets, at most a thousand; raises DeliveryError."""
        reply = await self._posted("getReceipts", _ids(ids))
        with _in_doubt():
            answer = reply.json
            data = answer.get("data")
            if not reply.is_success or not isinstance(data, dict):
                raise _failure(reply, answer)
            return {name: said for name, said in data.items() if isinstance(said, dict)}

    async def probe(self) -> None:
        """Ask for a receipt that there is not; raises TargetDown while that is not answered, or not to us."""
        try:
            reply = await self._posted("getReceipts", _ids([NOBODYS]))
        except DeliveryError as error:
            raise TargetDown(error.reply, code=error.code) from error
        answer = reply.json
        if reply.is_success and isinstance(answer.get("data"), dict):
            return
        failure = _failure(reply, answer)
        if not isinstance(failure, Permanent):
            raise TargetDown(failure.reply, code=str(reply.status))

    async def open(self) -> None:
        """Load what the client is made of."""
        await self._client.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()

    async def _answered(self, part: Sequence[Push]) -> Sequence[str | DeliveryError]:
        """Return the answers of a part, whose failure as a whole is no other part's."""
        try:
            return await self.send(part)
        except DeliveryError as error:
            return [error] * len(part)
        except Exception as error:  # noqa: BLE001 - becomes the outcome of this part: Expo may have taken the others
            return [_not_understood(error)] * len(part)

    async def _posted(self, what: str, body: bytes) -> Reply:
        headers = self._headers
        if len(body) > _SHORT:
            body, headers = gzip.compress(body, compresslevel=4), headers | {"Content-Encoding": "gzip"}
        with _in_doubt():
            return await self._client.post(f"{self._url}/{what}", body=body, headers=headers)


def _ids(ids: Sequence[str]) -> bytes:
    return msgspec.json.encode({"ids": ids})


@contextmanager
def _in_doubt() -> Iterator[None]:
    """Take what nobody foresaw after something was asked for a doubt: Expo may have done it."""
    try:
        yield
    except DeliveryError:
        raise
    except Exception as error:
        raise _not_understood(error) from error


def _not_understood(error: Exception) -> Unknown:
    return Unknown(f"Expo's answer was not understood: {type(error).__name__}: {error}")


def _divided(batch: Sequence[Push], reply: Reply, answer: Mapping[str, Any]) -> list[list[int]]:
    """Return the places of those who can go together; all in one part where dividing them would not help."""
    whole = list(range(len(batch)))
    if len(batch) == 1 or reply.status not in _OF_ONE_AMONG_THEM:
        return [whole]
    error = _first_error(answer)
    if error.get("code") == _SEVERAL_APPS and isinstance(error.get("details"), dict):
        apps = {token: app for app, tokens in error["details"].items() for token in tokens}
        by_app: dict[str | None, list[int]] = {}
        for place in whole:
            by_app.setdefault(apps.get(batch[place].to), []).append(place)
        if len(by_app) > 1:
            return list(by_app.values())
    middle = len(batch) // 2
    return [whole[:middle], whole[middle:]]


def _failure(reply: Reply, answer: Mapping[str, Any]) -> DeliveryError:
    error = _first_error(answer)
    words = f"{error.get('code', '')}: {error['message']}" if "message" in error else reply.text
    if reply.is_success:
        return Unknown(f"{reply.status}, and nothing of Expo's: {words}")
    if reply.status == 403:  # noqa: PLR2004 - a token that is not valid, or that is missing
        return TargetDown(f"{reply.status}: {words}", code=str(reply.status))
    return refusal(reply.status, words, headers=reply.headers, of_api=True)


def _first_error(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    errors = answer.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else {}
    return first if isinstance(first, dict) else {}
