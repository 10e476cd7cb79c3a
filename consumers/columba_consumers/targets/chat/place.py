"""One destination: its service, which does one thing at a time."""

import asyncio
from functools import partial

from columba_shared.settings.chat_destinations import ChatDestination

from columba_consumers.chat_message import ChatMessage
from columba_consumers.errors import NetworkTrouble, NotBegun, TargetDown, Unknown
from columba_consumers.targets.chat.aside import aside
from columba_consumers.targets.chat.library import Service, UnusableUrlError, service_of
from columba_consumers.targets.chat.meaning import failure, unforeseen
from columba_consumers.targets.chat.watch import Watch
from columba_consumers.targets.http import broken
from columba_consumers.targets.room import Room
from columba_consumers.targets.target import Receipt


class Place:
    """Delivers one message after the other: Apprise's services keep their pace, and logins, in themselves."""

    def __init__(self, destination: ChatDestination, *, patience: float) -> None:
        self.name = destination.name
        self._url = destination.url
        self._patience = patience
        self._service: Service | None = None
        self._room = Room(1, patience=patience)

    def make(self) -> Service:
        """Return its service, and block while it is made; raises TargetDown for a URL that leads nowhere."""
        try:
            return service_of(self._url, patience=self._patience)
        except UnusableUrlError as error:
            raise TargetDown(str(error), destination=self.name) from error

    async def say(self, message: ChatMessage) -> Receipt:
        """Deliver it; raises DeliveryError."""
        async with self._room.place():
            service, watch = await self._ready(), Watch()
            try:
                taken = await self._said(service, message, watch)
            except BaseException:
                # Its thread may go on with the service: nobody else may have that.
                watch.end()
                self._service = None
                raise
        if not taken:
            raise failure(watch, name=self.name, url=self._url, speaks_http=service.speaks_http)
        status = next((f"{each.response.status_code} from " for each in reversed(watch.answers) if each.is_success), "")
        return Receipt(reply=f"{status}{service.title}")

    async def probe(self) -> None:
        """Connect to its host, if its URL names host and port; else nothing can be asked without saying something."""
        address = (await self._made()).address
        if address is None:
            return
        try:
            async with asyncio.timeout(self._patience):
                _, writer = await asyncio.open_connection(*address)
        except OSError as error:  # TimeoutError is one
            raise TargetDown(broken(error, handed_over=False).reply, destination=self.name) from error
        writer.close()

    async def _ready(self) -> Service:
        try:
            return await self._made()
        except asyncio.CancelledError as error:
            raise NotBegun from error

    async def _made(self) -> Service:
        """Return its service; raises TargetDown for a URL that leads nowhere, or that takes too long to read."""
        if self._service is None:
            try:
                async with asyncio.timeout(self._patience):
                    self._service = await aside(self.make)
            except TimeoutError as error:
                told = f"its service could not be made within {self._patience:g} s"
                raise TargetDown(told, destination=self.name) from error
        return self._service

    async def _said(self, service: Service, message: ChatMessage, watch: Watch) -> bool:
        say = partial(service.say, text=message.text, title=message.title, written=message.format, watch=watch)
        try:
            async with asyncio.timeout(self._patience):
                return await aside(say)
        except TimeoutError as error:
            told = f"no answer within {self._patience:g} s"
            if watch.end() or not service.speaks_http:
                raise Unknown(told) from error
            raise NetworkTrouble(f"{told}, and nothing was asked") from error
        except Exception as error:  # whatever a service of Apprise's raises: what it had done by then counts
            raise unforeseen(error, watch, name=self.name, url=self._url, speaks_http=service.speaks_http) from error
