"""The SMS target: Twilio's API, asked once for each message."""

import asyncio
import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Final
from urllib.parse import urlencode

from columba_shared.errors import InvalidSetting
from columba_shared.settings import Setting, TargetEnv
from columba_shared.settings.sms import SMS

from columba_consumers.errors import DeliveryError, InvalidMessage, Permanent, TargetDown
from columba_consumers.rendering.parts import Part
from columba_consumers.sms_message import SmsMessage
from columba_consumers.targets.extras import require
from columba_consumers.targets.http import HttpClient, Reply, refusal, require_client, retry_after
from columba_consumers.targets.octets import octets
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.sms.codes import meaning
from columba_consumers.targets.sms.numbers import country_code, e164, is_region, load
from columba_consumers.targets.sms.segments import segments
from columba_consumers.targets.target import DeliveryRef, Receipt

_MOST_OF_AN_ANSWER: Final = 64 * 1024
_LONGEST: Final = 1600
"""Characters that Twilio takes."""
_SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """What Twilio is asked to send."""

    fields: Mapping[str, str]
    own_sender: bool
    """Whether the message names its sender."""


class SmsTarget(SimpleTarget):
    """Sends a text to a number."""

    name: ClassVar[str] = "sms"
    message: ClassVar[type[SmsMessage]] = SmsMessage
    parts: ClassVar[tuple[Part, ...]] = (Part(field="text", file="sms.txt", required=True, trimmed=True),)
    settings: ClassVar[tuple[Setting, ...]] = SMS

    def __init__(self, settings: TargetEnv) -> None:
        super().__init__(settings)
        require_client(self.name)
        require(self.name, "phonenumbers", extra="http")
        self._region = settings["region"]
        if self._region is not None and not is_region(self._region):
            raise InvalidSetting(settings.name_of("region"), f"nobody knows the numbers of {self._region}")
        self._account = settings["account"]
        if self._account is None:
            raise InvalidSetting(settings.name_of("account"), "is needed: SMS goes by an account at Twilio")
        self._headers = {"Authorization": _login(settings), "Accept": "application/json"}
        self._sender = settings["sender"]
        self._most_segments = settings["segments"]
        self._receipts = settings["receipts"]
        self._place = f"{settings['url']}/2010-04-01/Accounts/{self._account}"
        self._client = HttpClient(timeout=settings["timeout"], most_octets=_MOST_OF_AN_ANSWER)

    def leads_to(self) -> str:
        """Return where messages go, for people."""
        return f"Twilio's account {self._account} at {self.env['url']}, from {self._sender or 'whom renderers name'}"

    def validate(self, address: str) -> None:
        """Raise ValueError for what is no phone number, or one in a spelling by which nobody would be recognised."""
        number = e164(address, self._region)
        if number != address:
            raise ValueError(f"is not in its one spelling, by which it is suppressed and capped: write {number}")

    def destination(self, address: str) -> str:
        """Return the code of the country, whose pace it keeps."""
        try:
            return country_code(e164(address, self._region))
        except ValueError:
            return ""

    async def prepare(self, message: SmsMessage, delivery: DeliveryRef) -> Form:
        """Return what Twilio is asked for; raises InvalidMessage for what is too long, or from nobody."""
        for name, text in (("text", message.text), ("sender", message.sender or "")):
            octets(name, text)
        _check_length(message.text, self._most_segments)
        sender = message.sender or self._sender
        if sender is None:
            raise InvalidMessage("sender: the message names none, and COLUMBA_SMS_SENDER is not set")
        by = "MessagingServiceSid" if _SERVICE.fullmatch(sender) else "From"
        fields = {"To": e164(delivery.address, self._region), by: sender, "Body": message.text}
        if self._receipts is not None:
            fields["StatusCallback"] = f"{self._receipts}?{urlencode({'delivery': str(delivery.id)})}"
        return Form(fields=fields, own_sender=message.sender is not None)

    async def deliver(self, prepared: Form, delivery: DeliveryRef) -> Receipt:  # noqa: ARG002 - Twilio takes no id of ours
        """Ask Twilio to send it; raises DeliveryError."""
        body = urlencode(prepared.fields).encode()
        headers = {**self._headers, "Content-Type": "application/x-www-form-urlencoded"}
        reply = await self._client.post(f"{self._place}/Messages.json", body=body, headers=headers)
        answer = reply.json
        if not reply.is_success:
            raise _failure(reply, answer, own_sender=prepared.own_sender)
        told = f"{reply.status} {answer.get('status', 'taken')}, segments: {answer.get('num_segments', '?')}"
        sid = answer.get("sid")
        return Receipt(reply=told, provider_id=sid if isinstance(sid, str) else None, message=body)

    async def probe(self) -> None:
        """Ask for a message; raises TargetDown. A key that may only send is told no, which is an answer as well."""
        try:
            reply = await self._client.get(f"{self._place}/Messages.json?PageSize=1", headers=self._headers)
        except DeliveryError as error:
            raise TargetDown(error.reply, code=error.code) from error
        if not reply.is_success:
            failure = _failure(reply, reply.json, own_sender=False)
            if not isinstance(failure, Permanent):
                raise TargetDown(failure.reply, code=failure.code)

    async def open(self) -> None:
        """Load the client and what reads numbers."""
        await asyncio.to_thread(load)
        await self._client.open()

    async def close(self) -> None:
        """Close every connection."""
        await self._client.close()


def _check_length(text: str, most: int) -> None:
    if len(text) > _LONGEST:
        raise InvalidMessage(f"text: has {len(text)} characters; an SMS has at most {_LONGEST}")
    found = segments(text)
    if found.number > most:
        why = f", for it is not all in GSM's alphabet: {found.first_strange!r}" if found.first_strange else ""
        raise InvalidMessage(
            f"text: takes {found.number} segments ({found.units} units of {found.alphabet}{why}); "
            f"COLUMBA_SMS_SEGMENTS allows {most}"
        )


def _failure(reply: Reply, answer: Mapping[str, Any], *, own_sender: bool) -> DeliveryError:
    code, after, words = answer.get("code"), retry_after(reply.headers), _words(reply, answer)
    known = meaning(code, words, after=after, own_sender=own_sender) if isinstance(code, int) else None
    told = str(answer.get("message", reply.text))
    return known or refusal(reply.status, told, headers=reply.headers, of_api=not isinstance(code, int))


def _words(reply: Reply, answer: Mapping[str, Any]) -> str:
    code = answer.get("code")
    return f"{reply.status}{'' if code is None else f' error {code}'}: {answer.get('message', reply.text)}"


def _login(settings: TargetEnv) -> str:
    login = settings["key"]
    if login is None:
        if settings["token"] is None:
            raise InvalidSetting(settings.name_of("token"), "is needed: or COLUMBA_SMS_KEY")
        login = f"{settings['account']}:{settings['token'][0]}"
    return f"Basic {base64.b64encode(login.encode()).decode()}"
