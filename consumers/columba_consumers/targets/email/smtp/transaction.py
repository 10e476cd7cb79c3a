"""One mail over one connection: the envelope, the lines, and the answer."""

from typing import Final

from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, Unknown
from columba_consumers.targets.email.smtp.capabilities import Capabilities
from columba_consumers.targets.email.smtp.classify import Phase, refusal
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope, dotted
from columba_consumers.targets.email.smtp.reply import Reply
from columba_consumers.targets.email.smtp.timeouts import Timeouts
from columba_consumers.targets.email.smtp.wire import Broken, Wire

_GO_AHEAD: Final = 354
_GOOD: Final = range(200, 300)
_WELCOME: Final = range(200, 400)


class Transaction:
    """The conversation about one mail.

    The delivery's own recipient decides: if the server refuses that one, nobody gets the mail, so that another
    attempt doubles nothing. If it refuses a copy, the others still get theirs, and the copy is reported, never
    tried again.
    """

    def __init__(self, wire: Wire, capabilities: Capabilities, timeouts: Timeouts, *, reset: bool) -> None:
        self._wire = wire
        self._capabilities = capabilities
        self._timeouts = timeouts
        self._reset = reset
        self._phase = Phase.MAIL
        self._payload = b""
        self._on_its_way_seconds = 0.0
        self._refused: tuple[str, ...] = ()
        self._decisive: tuple[Phase, ...] = ()  # what each reply to several commands at once answers
        self._recipients: tuple[str, ...] = ()

    @property
    def begun_the_mail(self) -> bool:
        """Whether the server had welcomed the mail, and was given its lines."""
        return self._phase is Phase.FINAL

    async def run(self, envelope: Envelope, data: bytes) -> Accepted:
        """Hand the mail over; raises DeliveryError: Unknown if the connection broke with the mail out of our hands."""
        mail_from = self._mail_from(envelope, data)
        self._payload = dotted(data)
        self._recipients = envelope.recipients
        recipients = [f"RCPT TO:<{address}>\r\n" for address in envelope.recipients]
        self._on_its_way_seconds = self._timeouts.on_its_way_seconds(len(data))
        self._wire.limit(self._timeouts.total_seconds + self._on_its_way_seconds)
        try:
            if self._capabilities.pipelining and len(recipients) == 1:
                return await self._at_once(mail_from, recipients[0])
            return await self._step_by_step(mail_from, recipients)
        except Broken as error:
            raise self._meaning(error) from error

    def _meaning(self, error: Broken) -> DeliveryError:
        """Say what a broken connection means; a refusal that came before the break counts more than the break."""
        if self._phase is Phase.FINAL:
            if error.flushed:
                return Unknown(f"{error} (after the mail, before the answer)")
        else:
            for phase, reply in zip(self._decisive, error.replies, strict=False):
                if reply.code not in _WELCOME:
                    return self._refusal(phase, reply)
        return NetworkTrouble(f"{error} (before the end of the mail)")

    def _refusal(self, phase: Phase, reply: Reply) -> DeliveryError:
        """Return what a reply means; in answer to DATA and the mail it may be about any of several recipients."""
        of_one = phase is Phase.RCPT or (phase in {Phase.DATA, Phase.FINAL} and len(self._recipients) == 1)
        return refusal(phase, reply, about=self._recipients[0] if of_one else None)

    def _mail_from(self, envelope: Envelope, data: bytes) -> str:
        can = self._capabilities
        if can.size and len(data) > can.size:
            raise Permanent(f"the mail has {len(data)} octets, the server takes {can.size}", code="552")
        command = f"MAIL FROM:<{envelope.sender}>"
        if can.size is not None:
            command += f" SIZE={len(data)}"
        if envelope.is_ascii and data.isascii():
            return command + "\r\n"
        return command + self._beyond_ascii(envelope, data) + "\r\n"

    def _beyond_ascii(self, envelope: Envelope, data: bytes) -> str:
        """Return what to ask the server for, and no more than the mail needs; raises Permanent if it cannot do that."""
        can = self._capabilities
        wide_head = not data.partition(b"\r\n\r\n")[0].isascii()
        if (wide_head or not envelope.is_ascii) and not can.smtputf8:
            where = "headers" if envelope.is_ascii else "addresses"
            raise Permanent(f"the server cannot take {where} that are not ASCII (no SMTPUTF8)", code="553")
        if not data.isascii() and not can.eight_bit:
            raise Permanent("the server takes mail in ASCII alone (no 8BITMIME), and this one is not", code="554")
        body = "" if data.isascii() else " BODY=8BITMIME"
        return body + (" SMTPUTF8" if wide_head or not envelope.is_ascii else "")

    async def _at_once(self, mail_from: str, recipient: str) -> Accepted:
        """Send the envelope in one packet and the mail in the next: two round trips, one wait."""
        skip = int(self._reset)
        self._decisive = (*(Phase.MAIL,) * skip, Phase.MAIL, Phase.RCPT, Phase.DATA)
        commands = ("RSET\r\n" if skip else "") + mail_from + recipient + "DATA\r\n"
        replies = await self._wire.ask(
            commands.encode(), replies=3 + skip, seconds=self._timeouts.command_seconds, then=self._send_if_welcome
        )
        if self._phase is Phase.FINAL:
            return self._accepted(replies[-1])
        *reset, mail, rcpt, data = replies
        self._need_reset(*reset)
        if data.code == _GO_AHEAD:  # the server waits for a mail that nobody may have: no way back but this
            self._wire.cut("the server asked for a mail without a recipient")
        self._need(Phase.MAIL, mail)
        self._need(Phase.RCPT, rcpt)
        raise self._refusal(Phase.DATA, data)

    def _send_if_welcome(self, replies: list[Reply]) -> int:
        *before, data = replies
        if data.code != _GO_AHEAD or not all(reply.code in _GOOD for reply in before):
            return 0
        self._send()
        return 1

    async def _step_by_step(self, mail_from: str, recipients: list[str]) -> Accepted:
        """Wait for every recipient's answer before the server is asked to take the mail."""
        if self._reset:
            self._need_reset(*await self._say("RSET\r\n"))
        if self._capabilities.pipelining:
            self._decisive = (Phase.MAIL, Phase.RCPT)  # what is said of copies decides nothing
            mail, *answers = await self._say(mail_from + "".join(recipients), replies=1 + len(recipients))
            self._need(Phase.MAIL, mail)
            self._need(Phase.RCPT, answers[0])
        else:
            answers = await self._one_by_one(mail_from, recipients)
        self._refused = tuple(
            f"{recipient[9:-3]}: {answer}"
            for recipient, answer in zip(recipients, answers, strict=True)
            if answer.code not in _GOOD
        )
        self._phase = Phase.DATA
        (data,) = await self._say("DATA\r\n")
        if data.code != _GO_AHEAD:
            raise self._refusal(Phase.DATA, data)
        answer = self._wire.ask(b"", replies=1, seconds=self._timeouts.data_seconds)
        self._send()
        return self._accepted((await answer)[0])

    async def _one_by_one(self, mail_from: str, recipients: list[str]) -> list[Reply]:
        self._need(Phase.MAIL, *await self._say(mail_from))
        self._phase = Phase.RCPT
        answers: list[Reply] = []
        for recipient in recipients:
            answers += await self._say(recipient)
            self._need(Phase.RCPT, answers[0])
        return answers

    async def _say(self, commands: str, *, replies: int = 1) -> list[Reply]:
        return await self._wire.ask(commands.encode(), replies=replies, seconds=self._timeouts.command_seconds)

    def _send(self) -> None:
        """Send the mail: from here on a broken connection leaves it in doubt."""
        if self._wire.broken is not None:
            return
        self._phase = Phase.FINAL
        self._wire.send_body(
            self._payload,
            flush_seconds=self._timeouts.data_seconds + self._on_its_way_seconds,
            reply_seconds=self._timeouts.final_seconds,
        )

    def _need(self, phase: Phase, reply: Reply) -> None:
        if reply.code not in _GOOD:
            raise self._refusal(phase, reply)

    def _need_reset(self, *replies: Reply) -> None:
        """Give the connection up if the server does not forget the mail before."""
        if any(reply.code not in _GOOD for reply in replies):
            self._wire.cut("the server does not start anew")
            raise Broken("the server does not start anew")

    def _accepted(self, reply: Reply) -> Accepted:
        if reply.code not in _GOOD:
            raise self._refusal(Phase.FINAL, reply)
        return Accepted(reply=str(reply), queue_id=reply.queue_id, refused_copies=self._refused)
