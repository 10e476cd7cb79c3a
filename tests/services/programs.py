"""Where a server's programs are, and which Debian package brings them."""

import os
import re
import shutil
import sys
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
    aside: bool = False
    """Whether it is unpacked beside the system, since Debian lets nobody install it next to another one here."""

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
PROFTPD = Package(name="proftpd-core proftpd-mod-crypto", programs=("proftpd",), hidden_in="/usr/sbin", user="proftpd")
VSFTPD = Package(
    name="vsftpd",
    programs=("vsftpd",),
    hidden_in="/usr/local/lib/columba-servers/vsftpd/usr/sbin",
    user="nobody",
    aside=True,
)
OPENSSH = Package(name="openssh-server", programs=("sshd",), hidden_in="/usr/sbin", user="sshd")
PACKAGES = (RABBITMQ, POSTGRES, MARIADB, PROFTPD, OPENSSH, VSFTPD)


def missing() -> list[str]:
    """Return the names of the Debian packages that are needed and not installed, as .ci/packages takes them."""
    lacking = [package for package in PACKAGES if not package.installed()]
    return [f"aside:{package.name}" if package.aside else package.name for package in lacking]


def main() -> None:
    """Print the names of what is missing; needs no library, since nothing may be installed yet."""
    sys.stdout.write("".join(f"{name}\n" for name in missing()))


def _version(folder: Path) -> list[int]:
    return [int(number) for number in re.findall(r"\d+", str(folder))]


if __name__ == "__main__":
    main()
