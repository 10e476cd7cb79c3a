"""Logging in: PLAIN or LOGIN, and nothing of the password in what comes out."""

import base64

from columba_consumers.errors import TargetDown
from columba_consumers.targets.email.smtp.capabilities import Capabilities
from columba_consumers.targets.email.smtp.classify import Phase, refusal
from columba_consumers.targets.email.smtp.reply import Reply
from columba_consumers.targets.email.smtp.wire import Wire

_WELCOME = 235
_GO_ON = 334


async def log_in(wire: Wire, capabilities: Capabilities, user: str, password: str, *, seconds: float) -> None:
    """Log in with the best way that the server offers; raises TargetDown if it will not have us, or Broken."""
    if "PLAIN" in capabilities.auth:
        lines = [f"AUTH PLAIN {_encoded(f'{chr(0)}{user}{chr(0)}{password}')}"]
    elif "LOGIN" in capabilities.auth:
        lines = ["AUTH LOGIN", _encoded(user), _encoded(password)]
    else:
        raise TargetDown("the server offers neither AUTH PLAIN nor AUTH LOGIN, but the SMTP URL has a password")
    for position, line in enumerate(lines, start=1):
        (reply,) = await wire.ask(f"{line}\r\n".encode(), replies=1, seconds=seconds)
        if reply.code != (_WELCOME if position == len(lines) else _GO_ON):
            raise refusal(Phase.AUTH, _without(reply, (password, *(part.rpartition(" ")[2] for part in lines))))


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _without(reply: Reply, secrets: tuple[str, ...]) -> Reply:
    """Return the reply, with its text left out if the server repeats what nobody may read."""
    shown = b" ".join(reply.lines)
    if any(secret.encode() in shown for secret in secrets):
        return Reply(reply.code, (b"(the text is left out: it repeats what was sent)",))
    return reply
