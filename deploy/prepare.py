"""Make the secrets that docker-compose.yml mounts: a password for every role, and RabbitMQ's users with their rights.

Run once: `make secrets`. What is there already is kept, so that running it again changes nobody's password.
"""

import base64
import hashlib
import json
import secrets
import sys
from pathlib import Path
from typing import Any, Final

VHOST: Final = "columba"
TARGET_QUEUE: Final = r"columba\.[a-z0-9_-]+\.(urgent|normal|bulk)"

RIGHTS: Final = {
    "topology": (".*", ".*", ".*"),
    "producer": ("^$", r"^columba(\.later)?$", "^$"),
    "work": ("^$", r"^columba(\.wait|\.dead)?$", f"^{TARGET_QUEUE}$"),
    "ledger": ("^$", r"^columba(\.wait|\.dead)?$", r"^columba\.ledger$"),
    "relay": ("^$", r"^columba(\.later)?$", "^$"),
    "reconciler": (r"^columba\..*$", r"^columba.*$", r"^columba.*$"),
    "operator": (r"^columba\..*$", r"^columba.*$", r"^columba.*$"),
}
"""Role: what it may configure, write and read. Only topology, reconciler and operator may declare queues."""


def main(folder: Path) -> None:
    """Write every secret that is missing.

    The folder is closed to others; the files are not, since the containers that mount them run as users of their own.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    passwords = {role: _kept(folder / f"rabbitmq_{role}_password") for role in RIGHTS}
    owner = _kept(folder / "postgres_owner_password")
    app = _kept(folder / "postgres_app_password")
    for role, password in passwords.items():
        _write(folder / f"broker_url_{role}", f"amqp://columba-{role}:{password}@rabbitmq:5672/{VHOST}")
    _write(folder / "database_url_owner", f"postgresql+psycopg://columba:{owner}@postgres:5432/columba")
    _write(folder / "database_url_app", f"postgresql+psycopg://columba_app:{app}@postgres:5432/columba")
    _write(folder / "rabbitmq_definitions", json.dumps(definitions(passwords), indent=2))


def definitions(passwords: dict[str, str]) -> dict[str, Any]:
    """Return what RabbitMQ loads when it starts: the virtual host, the users and their rights."""
    return {
        "vhosts": [{"name": VHOST}],
        "users": [
            {
                "name": f"columba-{role}",
                "password_hash": password_hash(password),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": [],
            }
            for role, password in passwords.items()
        ],
        "permissions": [
            {"user": f"columba-{role}", "vhost": VHOST, "configure": configure, "write": write, "read": read}
            for role, (configure, write, read) in RIGHTS.items()
        ],
    }


def password_hash(password: str, *, salt: bytes | None = None) -> str:
    """Return the password as RabbitMQ stores it: a salt of four bytes, then its SHA-256 with the password."""
    salt = secrets.token_bytes(4) if salt is None else salt
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _kept(file: Path) -> str:
    if not file.exists():
        _write(file, secrets.token_urlsafe(24))
    return file.read_text()


def _write(file: Path, text: str) -> None:
    file.write_text(text)
    file.chmod(0o644)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "secrets")
