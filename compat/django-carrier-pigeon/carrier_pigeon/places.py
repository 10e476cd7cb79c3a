"""Push URLs as destinations of Columba's files: each has a name, by which events call it."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

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
    from columba_consumers.importing.carrier_pigeon import readable  # noqa: PLC0415 - only who runs Columba has it

    for each in configurations:
        yield from (f"{name}={readable(url)}" for name, url in _places(each))


def _places(configuration: DefaultConfiguration) -> Iterator[tuple[str, str]]:
    urls = tuple(configuration.push_urls)
    if urls and getattr(settings, "CARRIER_PIGEON_OUTPUT_DIRECTORY", None):
        folder = Path(settings.CARRIER_PIGEON_OUTPUT_DIRECTORY, configuration.name, "outbox").resolve()
        yield f"{configuration.name}-outbox", f"file://{folder}"
    for number, url in enumerate(urls, 1):
        if urlsplit(url).scheme != _NOWHERE:
            yield f"{configuration.name}-{number}", url
