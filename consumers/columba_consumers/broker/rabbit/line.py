"""The line to the broker: always one connection, a new one whenever the last has ended."""

import asyncio
from itertools import cycle

from columba_shared.broker_url import BrokerUrl
from columba_shared.telemetry import emit
from tenacity import RetryCallState, retry_if_not_exception_type

from columba_consumers.broker.rabbit.connection import Connection
from columba_consumers.broker.rabbit.options import RabbitOptions
from columba_consumers.broker.rabbit.patience import Patience
from columba_consumers.errors import AccessDenied, BrokerLost


class Line:
    """Keeps a connection from `open` to `close`, trying one node after the other."""

    def __init__(self, options: RabbitOptions, patience: Patience, *, role: str) -> None:
        self._options = options
        self._patience = patience
        self._role = role
        self._nodes = cycle(BrokerUrl.parse(options.url))
        self._connected = asyncio.Event()
        self._connection: Connection | None = None
        self.lost = BrokerLost("no node of the broker has answered yet")
        """Why there was no connection, the last time there was none."""
        self._keeper: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect within the patience of the options; raises BrokerLost, at once when the broker denies access."""
        retrying = self._patience.retrying()
        let_in = retrying.retry & retry_if_not_exception_type(AccessDenied)
        try:
            async with asyncio.timeout(self._options.patience.total_seconds()):
                await retrying.copy(retry=let_in, before_sleep=self._tell_of_waiting)(self._dial)
        except TimeoutError as error:
            raise self.lost from error
        self._keeper = asyncio.create_task(self._keep())

    async def connection(self) -> Connection:
        """Return the connection, waiting for the next if there is none; raises BrokerLost once the line is closed.

        It may end at any moment, also before the caller has used it.
        """
        while self._connection is None:
            if self._keeper is None:
                raise BrokerLost("this end has closed the connection")
            await self._connected.wait()
        return self._connection

    async def close(self) -> None:
        """Close the connection and make no other."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait((self._keeper,))
            self._keeper = None
        if self._connection is not None:
            await self._connection.close()
            self._connection = None
        # Whoever waits for a connection learns now that there will be none.
        self._connected.set()
        self._connected.clear()

    async def _keep(self) -> None:
        """Wait for the end of each connection and make the next."""
        while self._connection is not None:
            self.lost = await asyncio.shield(self._connection.closed)
            self._connection = None
            self._connected.clear()
            emit("broker.lost", error=self.lost)
            await self._patience.pause()
            await self._patience.retrying()(self._dial)

    def _tell_of_waiting(self, state: RetryCallState) -> None:
        if state.attempt_number == 1:
            emit("broker.away", error=self.lost, patience=self._options.patience)

    async def _dial(self) -> None:
        """Try the next node once; raises BrokerLost."""
        try:
            self._connection = await Connection.open(next(self._nodes), self._options, role=self._role)
        except BrokerLost as lost:
            self.lost = lost
            raise
        self._connected.set()
        emit("broker.connected", node=str(self._connection.node), role=self._role)
