"""The server of one account, which takes its mail over: a pool of sessions with it, and a way to ask how it is."""

from columba_consumers.targets.email.smtp.hello import Hello
from columba_consumers.targets.email.smtp.pool import Pool, PoolSlot, Wear


class SmtpRelay:
    """One login on an SMTP server, reached over at most ``connections`` sessions."""

    def __init__(self, hello: Hello, *, connections: int, wear: Wear | None = None) -> None:
        self._hello = hello
        self._pool = Pool(hello.open, size=connections, wear=wear)

    def slot(self) -> PoolSlot:
        """Return a context manager that waits for a free slot."""
        return self._pool.slot()

    async def probe(self) -> None:
        """Open a session and leave; raises TargetDown."""
        session = await self._hello.open()
        session.close()
        await session.closed()

    async def close(self) -> None:
        """Leave on every idle session."""
        await self._pool.close()
