"""The bare whole: one small program that receives, renders, sends, logs and acknowledges, and promises nothing.

`python -m benchmarks.bare.whole LOOP LOG` finds its servers in the environment of a consumer and works until a signal.
It has no states, retries, claims, leases or checks: what the product costs above this is the price of its promises.
"""

import asyncio
import gc
import os
import signal
import sys
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final, cast, get_args
from urllib.parse import urlsplit

import msgspec
import psycopg
from columba_shared.event import Event, Lane
from columba_shared.topology import target_queue

from benchmarks.bare.channel import open_channel
from benchmarks.bare.cost import run
from benchmarks.bare.gather import Gather
from benchmarks.bare.rows import note_attempts, note_claims, note_sent, prepare
from benchmarks.bare.smtp import Client, connected
from benchmarks.bare.text import mail, renderer
from benchmarks.program import Habit, Loop

_YOUNG: Final = 10_000
"""How rarely the garbage collector looks: as rarely as the product's."""


@dataclass(slots=True, eq=False, kw_only=True)
class Received:
    """One message on its way."""

    tag: int
    event: Event
    body: bytes


class Whole:
    """Everything that is done with a mail, as callbacks on one loop and one thread for the database."""

    def __init__(self, channel: Any, database: psycopg.Connection, *, habit: Habit) -> None:  # noqa: ANN401 - pika is untyped
        """Begin with nothing received and no clients."""
        thread = ThreadPoolExecutor(max_workers=1)
        self._channel = channel
        self._database = database
        self._before = habit == "four writes"
        self._claims = Gather(thread, self._write_claims, self._line_up)
        self._outcomes = Gather(thread, self._write_outcomes, self._acknowledge)
        self._decoder = msgspec.json.Decoder(Event)
        self._render = renderer()
        self._free: list[Client] = []
        self._lined_up: deque[Received] = deque()
        self._sending: dict[Client, Received] = {}
        self._logged: set[int] = set()
        self._acknowledged = 0

    def work(self, clients: Sequence[Client]) -> None:
        """Consume, and send over these clients."""
        self._free.extend(clients)
        self._channel.basic_consume(target_queue("email", Lane.NORMAL), self._receive)

    def taken(self, client: Client) -> None:
        """Log what the server has taken, and use its connection for the next."""
        self._outcomes.add(self._sending.pop(client))
        if self._lined_up:
            self._send(client, self._lined_up.popleft())
        else:
            self._free.append(client)

    def _receive(self, _channel: object, method: Any, _properties: object, body: bytes) -> None:  # noqa: ANN401 - pika is untyped
        received = Received(tag=method.delivery_tag, event=self._decoder.decode(body), body=body)
        if self._before:
            self._claims.add(received)
        else:
            self._line_up([received])

    def _line_up(self, batch: list[Received]) -> None:
        self._lined_up.extend(batch)
        while self._free and self._lined_up:
            self._send(self._free.pop(), self._lined_up.popleft())

    def _send(self, client: Client, received: Received) -> None:
        event = received.event
        to = event.to[0].address
        self._sending[client] = received
        client.send(to, mail(event.id.hex, to, *self._render(event.context)))

    def _acknowledge(self, batch: list[Received]) -> None:
        """Acknowledge together what is logged without a gap."""
        self._logged.update(received.tag for received in batch)
        before = self._acknowledged
        while self._acknowledged + 1 in self._logged:
            self._acknowledged += 1
            self._logged.remove(self._acknowledged)
        if self._acknowledged > before:
            self._channel.basic_ack(self._acknowledged, multiple=True)

    def _write_claims(self, batch: list[Received]) -> None:
        events = [received.event for received in batch]
        addresses = [event.to[0].address for event in events]
        note_claims(self._database, [event.id for event in events], addresses, [each.body for each in batch])
        self._database.commit()

    def _write_outcomes(self, batch: list[Received]) -> None:
        ids = [received.event.id for received in batch]
        if self._before:
            note_sent(self._database, ids)
        note_attempts(self._database, ids)
        self._database.commit()


async def main(habit: Habit) -> None:
    """Work until a signal asks to stop; any error ends the program."""
    loop = asyncio.get_running_loop()
    ended: asyncio.Future[None] = loop.create_future()
    loop.add_signal_handler(signal.SIGTERM, ended.set_result, None)
    loop.set_exception_handler(lambda _, context: _fail(ended, context))
    address = os.environ["COLUMBA_DATABASE_URL"].replace("+psycopg", "")
    port = urlsplit(os.environ["COLUMBA_SMTP_URL"]).port or 0
    connections = int(os.environ["COLUMBA_SMTP_CONNECTIONS"])
    with psycopg.connect(address) as database:
        prepare(database)
        async with open_channel(os.environ["COLUMBA_BROKER_URL"]) as channel:
            whole = Whole(channel, database, habit=habit)
            clients = await connected(port, connections, whole.taken)
            gc.freeze()
            gc.set_threshold(_YOUNG)
            whole.work(clients)
            await ended
            for client in clients:
                client.leave()


def _fail(ended: asyncio.Future[None], context: dict[str, Any]) -> None:
    if not ended.done():
        ended.set_exception(context.get("exception") or RuntimeError(context["message"]))


if __name__ == "__main__":
    loop_name, log_habit = sys.argv[1:]
    if loop_name not in get_args(Loop) or log_habit not in get_args(Habit):
        sys.exit(f"usage: python -m benchmarks.bare.whole {get_args(Loop)} {get_args(Habit)}")
    run(main(cast("Habit", log_habit)), cast("Loop", loop_name))
