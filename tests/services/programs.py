"""Where a server's programs are, and which Debian package brings them."""

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.services.errors import ProgramMissing


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A Debian package: the programs needed from it, the folders they hide in, and the user it creates."""

    name: str
    programs: tuple[str, ...]
    hidden_in: str
    user: str

    def program(self, name: str) -> str:
        """Return the path of a program, the newest version first. Raises ProgramMissing."""
        folders = sorted(Path("/").glob(self.hidden_in.lstrip("/")), key=_version, reverse=True)
        search = os.pathsep.join([*map(str, folders), os.environ.get("PATH", os.defpath), "/usr/sbin"])
        found = shutil.which(name, path=search)
        if found is None:
            raise ProgramMissing(
                f"{name} is missing: install Debian's {self.name}, or run `make test` as root on Debian"
            )
        return found

    def installed(self) -> bool:
        """Tell whether every program needed is here."""
        try:
            return all(self.program(name) for name in self.programs)
        except ProgramMissing:
            return False


# RabbitMQ's scripts in the PATH of Debian change user and folder; the real ones lie beside them.
RABBITMQ = Package(
    name="rabbitmq-server",
    programs=("rabbitmq-server", "rabbitmqctl", "erl_call"),
    hidden_in="/usr/lib/rabbitmq/bin",
    user="rabbitmq",
)
POSTGRES = Package(
    name="postgresql", programs=("postgres", "initdb"), hidden_in="/usr/lib/postgresql/*/bin", user="postgres"
)
MARIADB = Package(
    name="mariadb-server", programs=("mariadbd", "mariadb-install-db"), hidden_in="/usr/sbin", user="mysql"
)
PACKAGES = (RABBITMQ, POSTGRES, MARIADB)


def missing() -> list[str]:
    """Return the names of the Debian packages that are needed and not installed."""
    return [package.name for package in PACKAGES if not package.installed()]


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]
