"""RabbitMQ without plugins: a node loads what lies beside it, wanted or not, and that is 40 per cent of its start."""

import re
from collections.abc import Mapping
from pathlib import Path

_APPLICATIONS = re.compile(r"\{applications,\s*\[([^]]*)\]")


def bare_home(program: str, folder: Path) -> Path:
    """Make a home of links for a node: what this program's RabbitMQ has, and no library that it does not need itself.

    Returns the folder of its scripts, which is how they are told where they live.
    """
    home = Path(program).resolve().parents[1]
    libraries = {library.name.rpartition("-")[0]: library for library in (home / "plugins").glob("*-*")}
    (folder / "plugins").mkdir(parents=True)
    for name in _needed("rabbit", libraries):
        (folder / "plugins" / libraries[name].name).symlink_to(libraries[name])
    for part in ("sbin", "escript"):
        (folder / part).symlink_to(home / part)
    return folder / "sbin"


def _needed(name: str, libraries: Mapping[str, Path]) -> set[str]:
    """Return a library and all that it needs, as far as it is RabbitMQ's and not Erlang's own."""
    needed, asked = set(), [name]
    while asked:
        name = asked.pop()
        if name in libraries and name not in needed:
            needed.add(name)
            asked += _applications(libraries[name] / "ebin" / f"{name}.app")
    return needed


def _applications(described: Path) -> list[str]:
    found = _APPLICATIONS.search(described.read_text())
    return [name.strip() for name in found[1].split(",")] if found else []
