"""Publishing what goes after all, once somebody took a wish back."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from columba_shared.log.stored import StoredDelivery
    from columba_shared.settings import Settings
    from sqlalchemy import Engine


@contextmanager
def following(read: "Settings", engine: "Engine") -> "Iterator[Callable[[Sequence[StoredDelivery]], None]]":
    """Publish what goes after all, where there is a broker; what cannot be published the reconciler finds."""
    import asyncio

    from columba_consumers.cli.opening import publisher_of
    from columba_consumers.copies.dispatch import ThroughPublisher
    from columba_consumers.copies.following import Following

    if read.embedded:
        yield lambda going: None  # noqa: ARG005 - the log is all that is looked at
        return
    with publisher_of(read) as publisher:
        following = Following(engine=engine, dispatch=ThroughPublisher(publisher=publisher))

        def follow(going: "Sequence[StoredDelivery]") -> None:
            asyncio.run(_publish(following, going))

        yield follow


async def _publish(following: Any, going: "Sequence[StoredDelivery]") -> None:  # noqa: ANN401 - imported only when run
    await following.publish(going)
