"""Where an HTTP API is."""

from urllib.parse import urlsplit

from columba_shared.url_login import require_whole_login


def base_url(value: str) -> str:
    """Take a URL with a host, and neither login nor query."""
    require_whole_login(value)
    try:
        parts = urlsplit(value)
        plain = not (parts.username or parts.password or parts.query or parts.fragment) and parts.port != 0
        valid = parts.scheme in {"http", "https"} and bool(parts.hostname) and plain
    except ValueError:
        valid = False
    if not valid or not value.isprintable() or " " in value:
        raise ValueError("must be a URL such as https://example.com, without a login and a query")
    return value.rstrip("/")
