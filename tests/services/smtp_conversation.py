"""The server's side of an SMTP conversation (RFC 5321), right where no fault is set."""

import asyncio
import base64
import re
import time
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Final

from tests.services.smtp_faults import Mischief, Phase
from tests.services.smtp_record import Lost, Mail

if TYPE_CHECKING:
    from tests.services.smtp_connection import SmtpConnection
    from tests.services.smtp_server import SmtpServer

_MESSAGE_ID: Final = re.compile(rb"^Message-ID:\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_PATH: Final = re.compile(r"(?:FROM|TO):\s*<((?:\"(?:[^\"\\]|\\.)*\"|[^>\"])*)>\s*(.*)", re.IGNORECASE)
_CLOSING: Final = "421"


class Conversation:
    """Answers commands and keeps account of the one transaction."""

    def __init__(self, server: "SmtpServer", connection: "SmtpConnection") -> None:
        self._server = server
        self._connection = connection
        self._given: list[str] | None = None
        self._logged_in = False
        self._mails = 0
        self._transaction: int | None = None
        self._answered = False
        self._sender = self._asked = ""
        self._recipients: list[str] = []
        self._message_id = ""
        self._verbs: dict[str, Callable[[str], object]] = {
            "MAIL": self._mail_from,
            "RCPT": self._rcpt_to,
            "DATA": self._data,
            "EHLO": self._ehlo,
            "RSET": lambda _: connection.say("250 2.0.0 reset"),
            "NOOP": lambda _: connection.say("250 2.0.0 still here"),
            "AUTH": self._auth,
            "STARTTLS": self._starttls,
            "QUIT": self._quit,
        }

    @property
    def _mischief(self) -> Mischief:
        return self._server.mischief

    def greet(self) -> None:
        """Say the first word."""
        self._answer("banner", "220 columba.test ESMTP")

    def command(self, line: str) -> None:
        """Handle one line, which ends the transaction that had its last answer."""
        if self._given is not None:
            self._continue_login(self._given, line)
            return
        verb, _, rest = line.partition(" ")
        verb = verb.upper()
        if self._answered or verb == "RSET":
            self._end_transaction()
        handler = self._verbs.get(verb)
        if handler is None:
            self._connection.say("500 5.5.1 unknown command")
        else:
            handler(rest)

    def partial_mail(self) -> None:
        """See a mail that is not complete yet."""
        if self._mischief.cuts("body"):
            self._connection.drop()

    def mail(self, body: bytes) -> None:
        """Answer a complete mail, at once or late."""
        self._mails += 1
        found = _MESSAGE_ID.search(body)
        self._message_id = found[1].decode(errors="replace") if found else ""
        delay = self._mischief.faults.delay_seconds
        if self._mischief.cuts("before_accepting"):
            self._connection.drop()
        elif delay:
            self._connection.stalled = True
            asyncio.get_running_loop().call_later(delay, self._decide_late, body)
        else:
            self._decide(body)

    def lost(self) -> None:
        """Record the end of the connection."""
        lost = Lost(
            time=time.time(),
            connection=self._connection.number,
            open=self._transaction,
            answered=self._answered,
            message_id=self._message_id,
        )
        self._transaction = None
        self._server.recorder.add(lost)

    def _answer(self, phase: Phase, usual: str) -> bool:
        """Answer as usual, or as a fault wants it; return whether it was as usual."""
        if self._mischief.quiet:
            self._connection.say(usual)
            return True
        if self._mischief.cuts(phase):
            self._connection.drop()
            return False
        if self._mischief.hangs(phase):
            self._connection.stalled = True
            return False
        reply = self._mischief.reply(phase, self._recipients)
        self._connection.say(reply or usual)
        if reply is not None and reply.startswith(_CLOSING):
            self._connection.leave()
        return reply is None

    # The mail.

    def _mail_from(self, rest: str) -> None:
        path = _PATH.search(rest)
        limit = self._mischief.faults.mails_per_connection
        if limit is not None and self._mails >= limit:
            self._connection.say("421 4.7.0 too many mails on this connection")
            self._connection.leave()
        elif path is None or self._transaction is not None:
            self._connection.say("503 5.5.1 one mail at a time" if path else "501 5.5.4 MAIL FROM:<address>")
        elif self._server.users and not self._logged_in:
            self._connection.say("530 5.7.0 log in first")
        else:
            self._sender, self._asked, self._recipients = path[1], path[2], []
            self._transaction, self._answered = self._server.next_transaction(), False
            if not self._answer("mail", "250 2.1.0 ok") and not self._connection.stalled:
                self._end_transaction()

    def _rcpt_to(self, rest: str) -> None:
        path = _PATH.search(rest)
        if path is None or self._transaction is None:
            self._connection.say("503 5.5.1 MAIL first" if path else "501 5.5.4 RCPT TO:<address>")
            return
        self._recipients.append(path[1])
        if not self._answer("rcpt", "250 2.1.5 ok"):
            self._recipients.pop()

    def _data(self, _: str) -> None:
        if not self._recipients:
            self._connection.say("503 5.5.1 RCPT first")
        elif self._answer("data", "354 go ahead"):
            self._connection.reading_mail = True

    def _decide_late(self, body: bytes) -> None:
        if self._connection in self._server.connections:
            self._connection.stalled = False
            self._decide(body)
            self._connection.work()

    def _decide(self, body: bytes) -> None:
        refused = self._mischief.reply("final", self._recipients)
        reply = refused or f"250 2.0.0 Ok: queued as {self._transaction:X}"
        self._record(body, reply)
        stall = self._mischief.faults.stall_seconds
        if self._mischief.cuts("after_accepting"):
            self._connection.drop()
        elif self._mischief.hangs("final"):
            self._connection.stalled = True
        elif stall:
            self._connection.stalled = True
            asyncio.get_running_loop().call_later(stall, self._tell_late, reply)
        else:
            self._tell(reply)

    def _tell_late(self, reply: str) -> None:
        if self._connection in self._server.connections:
            self._connection.stalled = False
            self._tell(reply)
            self._connection.work()

    def _tell(self, reply: str) -> None:
        self._answered = True
        self._connection.say(reply)
        if reply.startswith(_CLOSING):
            self._connection.leave()

    def _record(self, body: bytes, reply: str) -> None:
        mail = Mail(
            time=time.time(),
            connection=self._connection.number,
            transaction=self._transaction or 0,
            mail_from=self._sender,
            asked=self._asked,
            rcpt_to=tuple(self._recipients),
            message_id=self._message_id,
            size=len(body),
            sha256=sha256(body).hexdigest(),
            reply=reply,
            accepted=reply.startswith("2"),
            body=body if self._server.keep_bodies else None,
        )
        self._server.recorder.add(mail)

    def _end_transaction(self) -> None:
        self._transaction, self._answered, self._recipients, self._message_id = None, False, [], ""

    # The rest of the session.

    def _ehlo(self, _: str) -> None:
        faults, server = self._mischief.faults, self._server
        lines = ["columba.test", "ENHANCEDSTATUSCODES"]
        lines += ["8BITMIME"] if faults.eight_bit else []
        lines += ["PIPELINING"] if faults.pipelining else []
        lines += ["SMTPUTF8"] if faults.smtputf8 else []
        lines += [f"SIZE {faults.size}"] if faults.size is not None else []
        lines += ["STARTTLS"] if server.tls and not self._connection.encrypted and not faults.hide_starttls else []
        lines += [f"AUTH {' '.join(server.mechanisms)}"] if server.users else []
        self._answer("ehlo", "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"]))

    def _auth(self, rest: str) -> None:
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() == "PLAIN":
            self._decide_login(base64.b64decode(initial).decode().split("\0")[1:])
        elif mechanism.upper() == "LOGIN":
            self._given = []
            self._connection.say("334 VXNlcm5hbWU6")
        else:
            self._connection.say("504 5.5.4 unknown mechanism")

    def _continue_login(self, given: list[str], line: str) -> None:
        given.append(base64.b64decode(line).decode())
        if len(given) == 1:
            self._connection.say("334 UGFzc3dvcmQ6")
        else:
            self._given = None
            self._decide_login(given)

    def _decide_login(self, given: list[str]) -> None:
        user, password = given
        if self._server.users.get(user) == password:
            self._logged_in = self._answer("auth", "235 2.7.0 welcome")
        else:
            self._answer("auth", "535 5.7.8 wrong user or password")

    def _starttls(self, _: str) -> None:
        if self._server.tls is None:
            self._connection.say("502 5.5.1 no TLS here")
        elif self._answer("starttls", "220 2.0.0 go ahead"):
            if self._mischief.faults.injected:
                self._connection.say(self._mischief.faults.injected)
            self._connection.start_tls()

    def _quit(self, _: str) -> None:
        self._end_transaction()
        self._connection.say("221 2.0.0 bye")
        self._connection.leave()
