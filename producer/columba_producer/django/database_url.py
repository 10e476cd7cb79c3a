"""By which URL SQLAlchemy finds a database of the project's: the same server and schema, by as safe a connection."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from columba_shared.errors import InvalidSetting
from django.db import connections

_SETTING: Final = "COLUMBA_OUTBOX_URL"
_DRIVERS: Final = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql"}
_OF_DJANGO: Final[Mapping[str, frozenset[str]]] = {
    "postgresql": frozenset(
        {"pool", "isolation_level", "server_side_binding", "cursor_factory", "prepare_threshold", "client_encoding"}
    ),
    "mysql": frozenset(
        {"init_command", "sql_mode", "isolation_level", "use_unicode", "autocommit", "conv", "client_flag", "compress"}
    ),
}
"""Options that say nothing of where the database is, or how it is reached."""
_OF_MYSQL: Final = frozenset(
    {"charset", "connect_timeout", "read_timeout", "write_timeout", "read_default_file", "read_default_group"}
)
_SSL: Final = frozenset({"ca", "capath", "cert", "key", "cipher"})


def is_file(alias: str) -> bool:
    """Say whether it is a SQLite file."""
    return bool(connections[alias].vendor == "sqlite")


def database_url(alias: str) -> str:
    """Return the URL; raises InvalidSetting for a database that none describes, so that it has to be set."""
    from sqlalchemy import URL, make_url  # noqa: PLC0415 - an app that only publishes need not have it

    url = URL.create(**(_file(alias) if is_file(alias) else _server(alias)))
    written = url.render_as_string(hide_password=False)
    if make_url(written) != url:
        raise _beyond(alias, "a name in it has a character")
    return written


def _file(alias: str) -> dict[str, Any]:
    connection = connections[alias]
    if connection.is_in_memory_db():
        raise InvalidSetting("COLUMBA['OUTBOX']", f"{alias!r} is in memory, where no other process finds it")
    name = str(connection.settings_dict["NAME"])
    if name.startswith("file:"):
        raise _beyond(alias, f"its NAME is {name!r:.80}")
    return {"drivername": "sqlite", "database": str(Path(name).resolve())}


def _server(alias: str) -> dict[str, Any]:
    connection = connections[alias]
    given: Mapping[str, Any] = connection.settings_dict
    options = {key: value for key, value in given["OPTIONS"].items() if key not in _OF_DJANGO[connection.vendor]}
    query = _of_postgresql(alias, options) if connection.vendor == "postgresql" else _of_mysql(alias, options)
    host, port = str(given["HOST"] or ""), str(given["PORT"] or "")
    if host.startswith("/") and connection.vendor == "mysql":
        query, host, port = {**query, "unix_socket": host}, "", ""
    elif not host or host.startswith(("/", "@")) or "," in host:  # a socket, several hosts, or libpq's own default
        named = {"host": host, "port": port}
        query, host, port = {**query, **{key: text for key, text in named.items() if text}}, "", ""
    if port and not port.isdecimal():
        raise _beyond(alias, f"its PORT is {port!r:.80}")
    return {
        "drivername": _DRIVERS[connection.vendor],
        "username": str(given["USER"]) or None,
        "password": str(given["PASSWORD"]) or None,
        "host": host or None,
        "port": int(port) if port else None,
        "database": str(given["NAME"] or "") or None,
        "query": query,
    }


def _of_postgresql(alias: str, options: Mapping[str, object]) -> dict[str, str]:
    """Return what libpq is told beside, which is nearly all that Django hands to it."""
    for key, value in options.items():
        if key == "assume_role" or not isinstance(value, str | int | float | Path):
            raise _beyond(alias, f"its OPTIONS have {key!r}")
    return {key: str(int(value)) if isinstance(value, bool) else str(value) for key, value in options.items()}


def _of_mysql(alias: str, options: Mapping[str, object]) -> dict[str, str]:
    """Return what the other driver is told beside, in its own words."""
    query: dict[str, str] = {}
    for key, value in options.items():
        if key == "ssl" and isinstance(value, Mapping) and value and value.keys() <= _SSL:
            query |= {f"ssl_{name}": str(each) for name, each in value.items()}
        elif key in _OF_MYSQL:
            query[key] = str(value)
        elif key != "ssl_mode" or str(value).upper() not in {"PREFERRED", "DISABLED"}:
            raise _beyond(alias, f"its OPTIONS have {key!r}")
    return query


def _beyond(alias: str, problem: str) -> InvalidSetting:
    return InvalidSetting(
        _SETTING,
        f"set it to where DATABASES[{alias!r}] is, as SQLAlchemy writes it: {problem}, which no URL is made of",
    )
