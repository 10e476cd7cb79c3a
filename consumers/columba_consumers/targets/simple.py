"""What a target is made of, when it is not mail: ours, and other people's."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

from columba_shared.settings import Setting, TargetEnv

from columba_consumers.errors import DeliveryError
from columba_consumers.rendering.parts import MessageParts, Part
from columba_consumers.targets.target import Content, DeliveryRef, Receipt


class SimpleTarget(ABC):
    """A way out: write ``name``, ``message`` and ``deliver``; everything else has a default.

    One is made for each process, outside of the event loop; ``open`` is where it connects. Every method runs in the
    event loop, so what blocks belongs into ``asyncio.to_thread``. Whatever a method raises costs that delivery an
    attempt, unless ``classify`` or a DeliveryError says what it means.
    """

    name: ClassVar[str]
    """What events call it: of a-z, 0-9, _ and -."""
    message: ClassVar[type[Any]]
    """What renderers return: a frozen msgspec.Struct, or a frozen dataclass. The log can keep one, as JSON."""
    parts: ClassVar[tuple[Part, ...]] = ()
    """The template files that make its fields; none: only code makes such messages."""
    slots: int = 20
    """How many deliveries one process may have at the provider at once, from 1; may be set in ``__init__``."""
    settings: ClassVar[tuple[Setting, ...]] = ()
    """Its own settings: variables that begin with COLUMBA_<NAME>_."""

    def __init__(self, settings: TargetEnv) -> None:
        """Keep what is needed; raises InvalidSetting, which names a variable and says the fix."""
        self.env = settings

    @classmethod
    def message_parts(cls) -> MessageParts[Any]:
        """Return what its messages consist of, with more to say than ``message`` and ``parts`` do."""
        return MessageParts(target=cls.name, message=cls.message, parts=cls.parts)

    def leads_to(self) -> str:
        """Return where messages go, for people: a host, a folder, an account's name; no secrets."""
        return self.name

    def validate(self, address: str) -> None:
        """Return if this may be an address; raises ValueError: what is wrong and the fix, after ``the address``."""
        if not address.strip() or not address.isprintable():
            raise ValueError("is empty, or holds what cannot be seen: write visible characters")

    def destination(self, address: str) -> str:  # noqa: ARG002 - a target's own has a use for it
        """Return whose pace a delivery to this address keeps, such as a host's; empty: the target's alone.

        What a TargetDown or a Throttled names as its destination is one of these.
        """
        return ""

    async def gather(self, message: Content) -> Content:
        """Return the message with all that it names read: what is sent, or kept for later; raises DeliveryError."""
        return message

    async def prepare(self, message: Content, delivery: DeliveryRef) -> Any:  # noqa: ANN401, ARG002 - as above; what is handed over is its own business
        """Return what to hand over, asking nobody; raises InvalidMessage for what this target cannot send.

        Previews and rehearsals prepare as well, so it may be called and nothing delivered.
        """
        return message

    @abstractmethod
    async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401 - as above
        """Hand it over, under ``delivery.id`` if the provider takes an id; raises DeliveryError.

        Returns only when the provider has it. It bounds its own time. Cancelled, it lets go at once, and raises
        asyncio.CancelledError on, or NotBegun where nobody was asked yet.
        """

    def classify(self, error: Exception) -> DeliveryError | None:  # noqa: ARG002 - as above
        """Return what an error of the library's means, the target's errors among them; None: it is not known."""
        return None

    async def probe(self) -> None:  # noqa: B027 - a target may have nobody to ask
        """Find out cheaply, within a minute, whether it works, sending nothing; raises TargetDown while it does not."""

    def destinations(self) -> Sequence[str]:
        """Return those that settings name, if they do: ``columba doctor`` asks each for itself, by ``probe_one``."""
        return ()

    async def probe_one(self, destination: str) -> None:  # noqa: B027 - a target may name none
        """Find out whether one of ``destinations`` works; raises TargetDown while it does not."""

    async def open(self) -> None:  # noqa: B027 - a target may keep nothing open
        """Connect, in the event loop, before the first delivery, within a minute; called again later if it fails."""

    async def close(self) -> None:  # noqa: B027 - as above
        """Let go of everything; may be called twice, and without ``open``."""
