"""Where the broker is: AMQP URLs, parsed once, and never shown with their password."""

from dataclasses import dataclass, field
from typing import Final
from urllib.parse import SplitResult, quote, unquote, urlsplit

from columba_shared.errors import InvalidSetting
from columba_shared.url_login import require_whole_login

_PORTS: Final = {"amqp": 5672, "amqps": 5671}


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUrl:
    """One node of the broker; ``str`` leaves the password out."""

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    vhost: str
    tls: bool

    def __str__(self) -> str:
        """Return it as people may see it."""
        scheme = "amqps" if self.tls else "amqp"
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{scheme}://{self.user}:***@{host}:{self.port}/{quote(self.vhost, safe='')}"

    @classmethod
    def parse(cls, text: str, *, setting: str = "COLUMBA_BROKER_URL") -> tuple["BrokerUrl", ...]:
        """Return the nodes named, in order; several are separated by semicolons. Raises InvalidSetting."""
        return tuple(_node(part.strip(), setting) for part in text.split(";"))


def _node(text: str, setting: str) -> BrokerUrl:
    parts = _split(text, setting)
    if parts.query or parts.fragment:
        raise InvalidSetting(setting, "takes no options after the virtual host (no ? and no #)")
    vhost = unquote(parts.path.removeprefix("/"))
    return BrokerUrl(
        host=parts.hostname or "localhost",
        port=parts.port or _PORTS[parts.scheme],
        user=unquote(parts.username or "guest"),
        password=unquote(parts.password or "guest"),
        vhost=vhost or "/",
        tls=parts.scheme == "amqps",
    )


def _split(text: str, setting: str) -> SplitResult:
    try:
        require_whole_login(text)
    except ValueError as error:
        raise InvalidSetting(setting, str(error)) from None
    try:
        parts = urlsplit(text)
        valid = parts.scheme in _PORTS and (parts.port is None or parts.port > 0)
    except ValueError:
        valid = False
    if not valid:
        raise InvalidSetting(setting, "is no broker URL such as amqp://user:password@host:5672/vhost (or amqps://)")
    return parts
