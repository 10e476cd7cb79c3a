"""What can go wrong while a delivery is on its way.

ColumbaError (columba_shared)
├── DeliveryError           what a target raises; one place (failure.py) turns it into an outcome
│   ├── Temporary           this delivery may work later: spends an attempt
│   │   └── NetworkTrouble  the connection failed before the message was handed over: has an interval of its own
│   ├── Permanent           this delivery will never work
│   │   ├── RecipientDead   the provider says that there is no such recipient any more: the address is not used again
│   │   └── InvalidMessage  the message itself cannot be sent by this target: nobody was asked
│   ├── TargetDown          nobody's delivery works now: spends nothing, the target is paused and probed
│   ├── Throttled           not now, but after a while: spends nothing
│   ├── NoRoom              others of ours before it take their time: nobody was asked, and spends nothing
│   └── Unknown             the provider may or may not have it
├── InvalidTarget           a target's class, or the package that brings it, cannot be used
├── AppError                the app's module cannot be loaded or is wrong
├── RenderError             no message could be made; Permanent or Temporary by kind of cause
└── BrokerLost              the connection to the broker is gone
    ├── AccessDenied        the broker knows us and says no
    └── Refused             the broker says no to this one message: it was not kept

NotBegun is no error but a CancelledError: the target was made to let go, and says that nobody was asked.
What no queue takes is columba_shared.publishing's Unroutable, whoever publishes.
"""

import asyncio
from datetime import timedelta
from typing import ClassVar, Final

from columba_shared.errors import ColumbaError

MAX_REPLY: Final = 500


def on_one_line(text: str) -> str:
    """Return what a provider said so that any database can keep it: short, on one line, and visible."""
    line = " ".join(text.split())[:MAX_REPLY]
    return line if line.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in line)


class DeliveryError(ColumbaError):
    """A delivery that did not work; ``reply`` is what the provider said, on one line that any database can keep."""

    def __init__(self, reply: str, *, code: str | None = None) -> None:
        super().__init__(reply)
        self.reply = on_one_line(reply)
        self.code = code


class Temporary(DeliveryError):
    """This delivery may work later; ``after`` is the provider's own wish for the pause, if it had one."""

    def __init__(self, reply: str, *, code: str | None = None, after: timedelta | None = None) -> None:
        super().__init__(reply, code=code)
        self.after = after


class NetworkTrouble(Temporary):
    """The connection failed, or took too long, before the message was handed over."""


class Permanent(DeliveryError):
    """This delivery will never work as it is."""


class RecipientDead(Permanent):
    """The provider says of this very address that nobody is there any more, and will not be tomorrow.

    Whoever raises it takes the address out of use for every user who has it on the target. So it is raised only where
    a provider's reply says exactly that, and not where it may mean the sender, the content or a full mailbox.
    """


class InvalidMessage(Permanent):
    """The message cannot be sent as it is, which was found before anybody was asked: at the stage ``validate``."""


class TargetDown(DeliveryError):
    """The target itself is out of order: no delivery's fault, no delivery's attempt.

    ``destination`` is the part of it that is: a domain, a host, an account; None means all of it.
    """

    def __init__(self, reply: str, *, code: str | None = None, destination: str | None = None) -> None:
        super().__init__(reply, code=code)
        self.destination = destination


class Throttled(DeliveryError):
    """The target asks for a pause; None means that it did not say for how long.

    ``destination`` is the part of it that does: a domain, a host, an account; None means all of it.
    """

    def __init__(
        self,
        reply: str,
        *,
        code: str | None = None,
        after: timedelta | None = None,
        destination: str | None = None,
    ) -> None:
        super().__init__(reply, code=code)
        self.after = after
        self.destination = destination


class NoRoom(DeliveryError):
    """Others of ours, before it at the same place, take their time: nobody was asked, and nobody wants a pause."""

    after: ClassVar[timedelta] = timedelta(seconds=5)


class Unknown(DeliveryError):
    """The connection broke after the provider had everything: it may or may not deliver.

    ``down`` says that others are to wait as well: whoever answered is out of order, ``destination`` or all of it.
    """

    def __init__(
        self, reply: str, *, code: str | None = None, down: bool = False, destination: str | None = None
    ) -> None:
        super().__init__(reply, code=code)
        self.down = down
        self.destination = destination


class NotBegun(asyncio.CancelledError):
    """Cancelled before anybody was asked, such as while waiting for others: the delivery is put off, nothing is spent.

    A CancelledError that is none of these leaves the delivery in doubt.
    """


class InvalidTarget(ColumbaError):
    """A target that cannot be used as it was written or installed; the text says what to mend."""


class BrokerLost(ColumbaError):
    """The connection to the broker is gone; what was unconfirmed is unknown."""


class AccessDenied(BrokerLost):
    """The broker does not let us in: wrong user, wrong password, or no rights to the virtual host."""


class Refused(BrokerLost):
    """The broker did not keep this message; like an unknown one, it can be published again later."""
