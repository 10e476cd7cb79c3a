"""What a domain publishes of its keys, beside the keys that are here."""

from collections.abc import Callable

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, resolve

from columba_consumers.targets.email.dkim.key import Key

LookUp = Callable[[str], list[str]]
"""Returns the texts published under a name, none for none; raises OSError when nobody can be asked."""

_PATIENCE_SECONDS = 5.0


def texts(name: str) -> list[str]:
    """Ask the DNS."""
    try:
        answer = resolve(name, "TXT", lifetime=_PATIENCE_SECONDS)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as error:
        raise OSError(f"the DNS does not answer: {type(error).__name__}") from error
    return [b"".join(record.strings).decode(errors="replace") for record in answer]


def disagreement(key: Key, *, domain: str, selector: str, look_up: LookUp = texts) -> str | None:
    """Return why receivers would not take this key's signatures, None when they would; raises OSError."""
    name = f"{selector}._domainkey.{domain}"
    published = look_up(name)
    if not published:
        return f"nothing is published under {name}"
    if len(published) > 1:
        return f"{len(published)} texts are published under {name}: receivers may read either"
    public = _tags(published[0]).get("p")
    if public is None:
        return f"what is published under {name} is no key"
    if not public:
        return f"the key under {name} was revoked"
    return None if public == key.public() else f"another key is published under {name}"


def _tags(record: str) -> dict[str, str]:
    """Return the tags of a record, blanks left out: they may stand anywhere in a key."""
    pairs = (pair.partition("=") for pair in record.split(";"))
    return {name.strip(): "".join(value.split()) for name, _, value in pairs}
