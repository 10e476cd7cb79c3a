"""A session: one connection on which the server knows us, and mails follow each other."""

from typing import Final

from columba_consumers.errors import DeliveryError
from columba_consumers.targets.email.smtp.capabilities import Capabilities
from columba_consumers.targets.email.smtp.envelope import Accepted, Envelope
from columba_consumers.targets.email.smtp.timeouts import Timeouts
from columba_consumers.targets.email.smtp.transaction import Transaction
from columba_consumers.targets.email.smtp.wire import Broken, Wire

_OK: Final = 250
_CLOSING: Final = "421"
_CHECK_SECONDS: Final = 5.0


class Session:
    """An open session; one transaction at a time."""

    def __init__(self, wire: Wire, capabilities: Capabilities, timeouts: Timeouts, *, now: float) -> None:
        self.sent = 0
        self.opened_at = now
        self.idle_since = now
        self._wire = wire
        self._capabilities = capabilities
        self._timeouts = timeouts
        self._reset = False
        self._answered_to_the_mail = False

    @property
    def alive(self) -> bool:
        """Whether the connection can take another mail, as far as this side knows."""
        return self._wire.broken is None

    async def send(self, envelope: Envelope, data: bytes) -> Accepted:
        """Hand one mail over; raises DeliveryError. A conversation that was interrupted ends the session."""
        transaction = Transaction(self._wire, self._capabilities, self._timeouts, reset=self._reset)
        self.sent += 1
        try:
            accepted = await transaction.run(envelope, data)
        except DeliveryError as error:
            self._reset = True
            self._answered_to_the_mail = transaction.begun_the_mail
            if error.code == _CLOSING:
                self._wire.say_goodbye()
            raise
        except BaseException:
            self._wire.cut("the conversation was interrupted")
            raise
        self._reset = False
        return accepted

    def is_tired(self, error: DeliveryError) -> bool:
        """Say whether this error of the last mail is about the connection alone: another one may be welcome.

        Whoever says 421 to a mail that is in front of them has had enough of more than the connection.
        """
        if error.code == _CLOSING:
            return not self._answered_to_the_mail
        return error.code is None

    async def answers(self) -> bool:
        """Ask the server for a sign of life; False ends the session."""
        seconds = min(_CHECK_SECONDS, self._timeouts.command_seconds)
        self._wire.limit(seconds)
        try:
            (reply,) = await self._wire.ask(b"RSET\r\n", replies=1, seconds=seconds)
        except Broken:
            return False
        if reply.code != _OK:
            self.close()
        return self.alive

    def close(self) -> None:
        """Say goodbye, if there is still somebody to say it to."""
        self._wire.say_goodbye()

    async def closed(self) -> None:
        """Wait until the connection is gone; only after `close`."""
        await self._wire.gone
