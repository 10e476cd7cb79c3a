"""Push URLs as destinations of Columba's files: each has a name, by which events call it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

from django.conf import settings

from carrier_pigeon.configuration import DefaultConfiguration

_NOWHERE: Final = "dummy"


def names_of(configuration: DefaultConfiguration) -> tuple[str, ...]:
    """Return the names of a rule's destinations, the copy on this machine first; without push URLs there are none."""
    return tuple(name for name, _ in _places(configuration))


def outboxes_of(configurations: Iterable[DefaultConfiguration]) -> list[str]:
    """Return the names of those on this machine."""
    return [name for each in configurations for name, url in _places(each) if url.startswith("file:")]


def all_places(configurations: Iterable[DefaultConfiguration]) -> Iterator[str]:
    """Yield each as the setting has it, `name=url`."""
    for each in configurations:
        yield from (f"{name}={url}" for name, url in _places(each))


def _places(configuration: DefaultConfiguration) -> Iterator[tuple[str, str]]:
    urls = tuple(configuration.push_urls)
    if urls and getattr(settings, "CARRIER_PIGEON_OUTPUT_DIRECTORY", None):
        folder = Path(settings.CARRIER_PIGEON_OUTPUT_DIRECTORY, configuration.name, "outbox").resolve()
        yield f"{configuration.name}-outbox", f"file://{quote(str(folder))}"
    for number, url in enumerate(urls, 1):
        if urlsplit(url).scheme != _NOWHERE:
            yield f"{configuration.name}-{number}", _quoted(url)


def _quoted(url: str) -> str:
    """Return a push URL as Columba reads it: in the old ones a user's name and password stand as they are."""
    scheme, _, rest = url.partition("://")
    where, slash, path = rest.partition("/")
    login, at, host = where.rpartition("@")
    user, colon, password = login.partition(":")
    folder, mark, options = path.partition("?")
    return f"{scheme}://{quote(user, safe='')}{colon}{quote(password, safe='')}{at}{host}{slash}{quote(folder)}{mark}{options}"
