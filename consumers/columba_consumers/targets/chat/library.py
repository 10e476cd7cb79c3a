"""The seam to Apprise: loaded when it is needed, which takes seconds, and never in the event loop."""

import logging
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

from columba_consumers.targets.chat.watch import Watch, noting, put_on_lid, watching

LIBRARY: Final = "apprise"
_SERVICES: Final = "https://appriseit.com/services/"


class UnusableUrlError(Exception):
    """Apprise can make nothing of a URL; the text says why, and holds none of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One of Apprise's services, made from a URL: for one delivery at a time."""

    plugin: Any
    speaks_http: bool

    @property
    def title(self) -> str:
        """What people call it."""
        return str(self.plugin.service_name)

    @property
    def address(self) -> tuple[str, int] | None:
        """The host and port that its URL names; None: it names no port, or the service has hosts of its own."""
        if not self.plugin.port or not any("{host}" in each for each in self.plugin.templates):
            return None
        return str(self.plugin.host), int(self.plugin.port)

    def say(self, *, text: str, title: str, written: str, watch: Watch) -> bool:
        """Deliver it and block meanwhile; say whether Apprise says that it was taken."""
        with watching(watch):
            return bool(self.plugin.notify(body=text, title=title, body_format=written))


def load() -> None:
    """Load it with all its services, and requests, which they ask by; only the first time takes long."""
    import_module(LIBRARY).Apprise.instantiate("json://localhost")
    put_on_lid(import_module("requests.adapters").HTTPAdapter, logging.getLogger(LIBRARY))


def service_of(url: str, *, patience: float) -> Service:
    """Return the service that a URL leads to; raises UnusableUrlError."""
    from apprise import Apprise, AppriseAsset, PersistentStoreMode  # noqa: PLC0415 - an extra, and slow to load
    from apprise.manager_plugins import NotificationManager  # noqa: PLC0415 - as above

    # A redirect makes a GET of a POST, and a success of what nobody got: who wants that says ?redirect=yes.
    asset = AppriseAsset(
        app_id="Columba",
        app_desc="Columba",
        http_redirects=False,
        secure_logging=True,
        storage_mode=PersistentStoreMode.MEMORY,
    )
    scheme = url.partition("://")[0].lower()
    if scheme not in NotificationManager():  # type: ignore[no-untyped-call] # it has no types
        raise UnusableUrlError(f"Apprise knows no service {scheme}://: see {_SERVICES}")
    with watching(Watch()):  # what Apprise warns of holds parts of the URL
        plugin = Apprise.instantiate(url, asset=asset)
    if plugin is None:
        raise UnusableUrlError(f"its URL is not as {scheme}:// wants it, or lacks a library: see {_SERVICES}")
    if len(plugin) > plugin.retry + 1:  # it counts places and tries; how often to try is the core's to say
        raise UnusableUrlError("its URL leads to several places: give each a name of its own")
    if plugin.socket_read_timeout == type(plugin).socket_read_timeout:  # else the URL says so: ?rto=
        plugin.socket_read_timeout = patience
    plugin.send = noting(plugin.send)  # type: ignore[method-assign] # so that each part is noted
    return Service(plugin=plugin, speaks_http=hasattr(sys.modules[type(plugin).__module__], "requests"))
