"""Keep a set of servers running while you work: `python -m tests.services up | down | env`."""

import sys
from pathlib import Path

from tests.services.errors import ServicesError
from tests.services.services import Services, start

FOLDER = Path(__file__).parents[2] / ".services"
NOTE = FOLDER / "set.json"


def main(arguments: list[str]) -> int:
    """Obey one word and return the exit status."""
    match arguments:
        case ["up"]:
            return up()
        case ["down"]:
            return down()
        case ["env"]:
            return env()
        case _:
            print("usage: python -m tests.services up | down | env", file=sys.stderr)
            return 2


def up() -> int:
    """Start the set, or what has stopped of it, and print its environment."""
    services = Services.saved(NOTE) or Services.create()
    services.save(NOTE)
    try:
        start(services.servers)
    except ServicesError as error:
        print(error, file=sys.stderr)
        return 1
    (FOLDER / "env").write_text(exports(services))
    return env()


def down() -> int:
    """End the set. One that does not run is down already."""
    services = Services.saved(NOTE)
    if services is not None:
        services.close()
    for left in (NOTE, FOLDER / "env"):
        left.unlink(missing_ok=True)
    return 0


def env() -> int:
    """Print what a shell needs to use the set."""
    services = Services.saved(NOTE)
    if services is None:
        print("no servers: python -m tests.services up", file=sys.stderr)
        return 1
    print(exports(services), end="")
    return 0


def exports(services: Services) -> str:
    """Return the set's environment as a shell reads it."""
    settings = {
        "COLUMBA_TEST_SERVICES": str(FOLDER),
        "COLUMBA_BROKER_URL": services.rabbitmq.url,
        "COLUMBA_DATABASE_URL": services.postgres.url,
        "MARIADB_URL": services.mariadb.url,
    }
    return "".join(f"export {name}='{value}'\n" for name, value in settings.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
