"""Make the secrets that docker-compose.yml mounts: a password for every role, and RabbitMQ's users with their rights.

`make secrets` runs it. Every file is written once and kept from then on, so that running it again changes nobody's
password and an address edited by hand stays; only RabbitMQ's definitions are written anew.
"""

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote, urlsplit

VHOST: Final = "columba"
DATABASE: Final = "columba"
SIGNED: Final = ("unsubscribe", "bounce")
"""What has keys of its own, which sign and are never sent anywhere."""
NOTHING: Final = "^$"
EVERYTHING: Final = r"^columba(\..+)?$"
ANY: Final = "[a-z0-9_-]+"
LANES: Final = "(urgent|normal|bulk)"
LED_INTO: Final = rf"ledger|unrouted|due|returned|wait(\.[0-9]+(ms)?)?|dead\.{ANY}|{ANY}\.{LANES}"
"""What bindings and dead-lettering lead into: who declares those must be allowed to write there."""
LED_FROM: Final = rf"later|due|dead|returned|unrouted|wait(\.[0-9]+(ms)?)?|{ANY}\.{LANES}"
"""What they lead from: who declares those must be allowed to read there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What a role may do on RabbitMQ, as patterns of names; ``keys`` are the routing keys it may publish with."""

    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    keys: str | None = None


FIXED: Final = {
    "topology": Rights(configure=EVERYTHING, write=rf"^columba\.({LED_INTO})$", read=rf"^columba(\.({LED_FROM}))?$"),
    "producer": Rights(write=r"^columba(\.later)?$"),
    "relay": Rights(write=r"^columba(\.later)?$"),
    "ledger": Rights(write=r"^columba(\.(wait|dead))?$", read=r"^columba\.ledger$"),
    "reconciler": Rights(
        configure=EVERYTHING,
        write=rf"^columba(\.(dead|later|{LED_INTO}))?$",
        read=rf"^columba(\.({LED_FROM}))?$",
    ),
    "operator": Rights(write=r"^columba(\.(later|wait|dead))?$", read=rf"^columba\.(unrouted|dead\.{ANY})$"),
}
"""The roles that do not depend on the targets. Only topology and the reconciler may declare."""
PUBLISHED_TO: Final = ("columba", "columba.wait", "columba.dead")
"""The topic exchanges a consumer publishes to."""


def all_rights(targets: Sequence[str]) -> dict[str, Rights]:
    """Return every role's rights; a target's consumers read its queues alone, and publish under its name alone."""
    working = {
        f"work_{target}": Rights(
            write=r"^columba(\.(wait|dead))?$",
            read=rf"^columba\.{target}\.{LANES}$",
            keys=rf"^{target}\.{LANES}(\.|$)",
        )
        for target in targets
    }
    return FIXED | working


def prepare(folder: Path, targets: Sequence[str], *, smtp_url: str | None) -> tuple[str, ...]:
    """Write every secret that is missing, and return the names of those that only people know.

    The folder is closed to others; the files are not, since the containers that mount them run as users of their own.
    """
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    rights = all_rights(targets)
    for role in rights:
        _keep(folder / f"broker_url_{role}", f"amqp://{user(role)}:{_password()}@rabbitmq:5672/{VHOST}")
    for role in ("superuser", "owner", "app"):
        _keep(folder / f"postgres_{role}_password", _password())
    for role in ("owner", "app"):
        password = (folder / f"postgres_{role}_password").read_text()
        _keep(
            folder / f"database_url_{role}", f"postgresql+psycopg://columba_{role}:{password}@postgres:5432/{DATABASE}"
        )
    for purpose in SIGNED:
        _keep(folder / f"{purpose}_keys", _password())
    if smtp_url:
        _write(folder / "smtp_url", smtp_url)
    passwords = {role: _password_in((folder / f"broker_url_{role}").read_text()) for role in rights}
    _write(folder / "rabbitmq_definitions", json.dumps(definitions(rights, passwords), indent=2))
    return () if (folder / "smtp_url").exists() else ("smtp_url",)


def user(role: str) -> str:
    """Return the name of a role's user on RabbitMQ."""
    return f"columba-{role.replace('_', '-')}"


def definitions(rights: dict[str, Rights], passwords: dict[str, str]) -> dict[str, Any]:
    """Return what RabbitMQ loads when it starts: the virtual host, the users and their rights."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [
            {
                "name": user(role),
                "password_hash": password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for role, password in passwords.items()
        ],
        "permissions": [
            {"user": user(role), "vhost": VHOST, "configure": may.configure, "write": may.write, "read": may.read}
            for role, may in rights.items()
        ],
        "topic_permissions": [
            {"user": user(role), "vhost": VHOST, "exchange": exchange, "write": may.keys, "read": NOTHING}
            for role, may in rights.items()
            if may.keys is not None
            for exchange in PUBLISHED_TO
        ],
    }


def password_hash(password: str, *, salt: bytes | None = None) -> str:
    """Return the password as RabbitMQ stores it: a salt of four bytes, then its SHA-256 with the password."""
    salt = secrets.token_bytes(4) if salt is None else salt
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _password() -> str:
    return secrets.token_urlsafe(24)  # 32 characters, which is also the least that a key may have


def _password_in(url: str) -> str:
    """Return the password of a URL, the first if it names several nodes."""
    return unquote(urlsplit(url.partition(";")[0]).password or "")


def _keep(file: Path, text: str) -> None:
    if not file.exists():
        _write(file, text)


def _write(file: Path, text: str) -> None:
    """Write into the file that is there: a container that has it mounted would not see another take its place."""
    file.write_text(text)
    file.chmod(0o644)


def main() -> int:
    """Return 0 when nothing is missing any more."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("targets", nargs="*", default=["email"], metavar="TARGET", help="default: email")
    parser.add_argument("--into", type=Path, default=Path(__file__).parent / "secrets", metavar="FOLDER")
    arguments = parser.parse_args()
    missing = prepare(arguments.into, arguments.targets, smtp_url=os.environ.get("COLUMBA_SMTP_URL"))
    for name in missing:
        sys.stderr.write(f"missing: {arguments.into / name}: set COLUMBA_SMTP_URL to your mail server and run again\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
