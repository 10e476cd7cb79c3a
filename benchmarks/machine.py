"""What the numbers were measured on."""

import os
import platform
import re
from importlib.metadata import version
from pathlib import Path

import psycopg

from tests.services.services import Services

_LIBRARIES = ("columba-consumers", "pika", "kombu", "msgspec", "jinja2", "sqlalchemy", "psycopg", "uvloop")
_GIB = 1024**2


def machine(services: Services) -> dict[str, str]:
    """Return processor, memory, and versions of what takes part; for servers that run."""
    processor = _found(r"model name\s*: (.*)", "/proc/cpuinfo")
    kibibytes = int(_found(r"MemTotal:\s*(\d+)", "/proc/meminfo"))
    facts = {
        "processor": f"{os.cpu_count()} x {processor}",
        "memory": f"{kibibytes / _GIB:.0f} GiB",
        "system": f"{platform.freedesktop_os_release().get('PRETTY_NAME', '?')}, Linux {platform.release()}",
        "Python": platform.python_version(),
        "RabbitMQ": services.rabbitmq.ctl("version").strip(),
        "PostgreSQL": _postgres_version(services.postgres.url.replace("+psycopg", "")),
    }
    return facts | {name: version(name) for name in _LIBRARIES}


def _found(pattern: str, path: str) -> str:
    match = re.search(pattern, Path(path).read_text())
    return match[1] if match else "?"


def _postgres_version(address: str) -> str:
    with psycopg.connect(address) as connection:
        return connection.info.parameter_status("server_version") or "?"
