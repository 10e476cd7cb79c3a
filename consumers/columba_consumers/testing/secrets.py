"""Whether what a target tells of itself repeats what is secret in its settings."""

from collections.abc import Iterator, Mapping, Sequence
from re import findall
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

from columba_shared.settings import Setting

from columba_consumers.testing.faults import Faults

_SHORTEST: Final = 4
"""What is shorter may stand anywhere by chance."""
_SHORTEST_IN_A_PATH: Final = 8
"""There a token may be, and else the name of something."""
_FOLDERS: Final = frozenset({"file", "ftp", "ftps", "sftp"})
"""What these URLs lead to is told."""
_URL: Final = r"[A-Za-z][A-Za-z0-9+.-]*://[^\s;,]+"


def check_secrets(shown: Mapping[str, str], secrets: Sequence[str], faults: Faults) -> None:
    """Look for secrets in texts, given by what shows them."""
    for place, text in shown.items():
        if any(secret in text for secret in secrets):
            faults.add(f"{place} shows a secret of the settings: leave it out")


def secrets_of(declared: Sequence[Setting], environ: Mapping[str, str]) -> tuple[str, ...]:
    """Return what must not be shown of these settings: of a URL its password, its path and what follows ``?``."""
    found = (part for setting in declared if setting.secret for part in _parts(environ.get(setting.name, "")))
    return tuple(dict.fromkeys(part for part in found if len(part) >= _SHORTEST))


def _parts(text: str) -> Iterator[str]:
    if "://" not in text:
        yield from (text, *(each.strip() for each in text.split(",")))
        return
    for each in findall(_URL, text):
        url = urlsplit(each)
        if url.password:
            yield from (url.password, unquote(url.password))
        if url.scheme.partition("+")[0] not in _FOLDERS:
            yield from (part for part in url.path.split("/") if len(part) >= _SHORTEST_IN_A_PATH)
        yield from (value for _, value in parse_qsl(url.query))
