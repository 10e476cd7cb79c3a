"""The settings of webhooks alone."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from columba_shared.settings import parsers
from columba_shared.settings.answering import timeout_of
from columba_shared.settings.setting import Setting
from columba_shared.settings.webhook_secrets import webhook_secrets

_HIGHEST_PORT: Final = 65_535


def networks(value: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Take networks separated by commas, such as ``10.1.0.0/16``."""
    try:
        return tuple(ip_network(part.strip()) for part in value.split(",") if part.strip())
    except ValueError as error:
        raise ValueError(f"must be networks such as 10.1.0.0/16 or fd12::/48, separated by commas: {error}") from error


def ports(value: str) -> tuple[int, ...]:
    """Take ports separated by commas."""
    parts = [part.strip() for part in value.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() and 0 < int(part) <= _HIGHEST_PORT for part in parts):
        raise ValueError("must be ports such as 443, 8443")
    return tuple(map(int, parts))


WEBHOOK: Final[tuple[Setting, ...]] = (
    Setting(
        name="COLUMBA_WEBHOOK_SECRETS",
        default="",
        parse=webhook_secrets,
        secret=True,
        shown_default="none: nothing is signed",
        help="Secrets that sign webhooks, `whsec_…`: one for all, or one for each host or beginning of a path, "
        "separated by semicolons: `example.com=whsec_…; example.org/hooks/a=whsec_…; *=whsec_…`. Several, separated by "
        "commas, sign beside each other while one is changed.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_ALLOW",
        default="",
        parse=networks,
        shown_default="none",
        help="Networks that webhooks may be posted to although they are private, such as `10.1.0.0/16, 127.0.0.1/32`.",
    ),
    Setting(
        name="COLUMBA_WEBHOOK_PORTS",
        default="",
        parse=ports,
        shown_default="any",
        help="The ports that webhooks may be posted to, such as `443, 8443`.",
    ),
    timeout_of("COLUMBA_WEBHOOK_TIMEOUT", "a receiver has to answer a webhook"),
    Setting(
        name="COLUMBA_WEBHOOK_CA_FILE",
        default="",
        parse=parsers.optional(parsers.path),
        shown_default="the system's",
        help="The authorities (PEM) whose certificates webhooks' receivers may have, in place of the system's.",
    ),
)
