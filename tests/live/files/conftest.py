"""Servers that take files, one set for all tests here; a folder on them for each test."""

from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from columba_consumers.file_message import FileMessage
from columba_consumers.targets.files.draft import Draft
from columba_consumers.targets.files.packing import Packed, read
from columba_shared.settings.file_destinations import Destination, destinations

from tests.services.file_servers import FileServers, file_servers
from tests.services.needed import needed


@pytest.fixture(scope="session")
def all_servers() -> Iterator[FileServers]:
    """Servers that are shared by all tests of this run."""
    with file_servers() as servers:
        yield servers


@pytest.fixture
def servers(all_servers: FileServers, monkeypatch: pytest.MonkeyPatch) -> FileServers:
    """The servers; one whose program is not installed skips the test, or fails it in continuous integration."""
    begin = FileServers.start

    def start(self: FileServers, name: str) -> object:
        with needed():
            return begin(self, name)

    monkeypatch.setattr(FileServers, "start", start)
    return all_servers


@pytest.fixture
def folder() -> str:
    """A folder that nobody has made yet."""
    return f"in-{uuid4().hex[:8]}"


@pytest.fixture
def destination(servers: FileServers, folder: str) -> Callable[..., Destination]:
    """Make a destination on one of the servers, in this test's folder."""

    def make(name: str, **options: str) -> Destination:
        return destinations(f"partner={servers.url(name, folder, **options)}")[0]

    return make


def packed(message: FileMessage) -> Packed:
    """Return a message's files as they go out."""
    return read(message, max_size=1 << 30)


def draft(*, again: bool = False) -> Draft:
    """Return the names for one attempt."""
    return Draft(delivery=uuid4(), again=again)
