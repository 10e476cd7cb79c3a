"""Start the shop at http://127.0.0.1:8000, with Columba beside it, until Ctrl-C: `make fastapi-shop`."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / ".demo" / "fastapi_shop"
"""Where both keep the database and the mails; the second argument is another one."""

WORDS = """
Order something:   curl http://127.0.0.1:{port}/orders --json '{{"email": "bob@example.com", "article": "a dove"}}'
The mail comes to  {mails}
What became of it: cd {place} && {columba} explain bob@example.com
"""


def main(port: str = "8000", place: str = str(PLACE)) -> int:
    """Run both; return the exit status of the one that ended, or 0 if somebody ended them."""
    Path(place).mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    database = f"sqlite:///{Path(place).resolve() / 'columba.db'}"
    environment = os.environ | {
        "COLUMBA_DATABASE_URL": database,
        "COLUMBA_TEMPLATES": str(HERE / "templates"),
        "SHOP_DATABASE_URL": database.replace("sqlite:", "sqlite+aiosqlite:", 1),
        "PYTHONPATH": str(HERE),
    }
    columba = Path(sys.executable).parent / "columba"
    print(WORDS.format(port=port, place=place, columba=columba, mails=Path(place) / "columba-mail"), flush=True)
    delivering = (sys.executable, "-m", "columba_consumers", "up")
    serving = (sys.executable, "-m", "uvicorn", "--factory", "fastapi_shop:create_app", "--port", port)
    return run(delivering, serving, env=environment)


def run(*commands: tuple[str, ...], **given: Any) -> int:  # noqa: ANN401 - what every process may be given
    """Run them side by side; return an exit status once one of them has ended, or somebody wants them to."""
    wanted: list[int] = []
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, lambda number, _: wanted.append(number))
    running: list[subprocess.Popen[bytes]] = []
    try:
        for command in commands:
            # In sessions of their own, where no Ctrl-C arrives: it would be the first of two signals for Columba, and
            # the second one means that nothing is to be finished.
            running.append(subprocess.Popen(command, start_new_session=True, **given))  # noqa: PERF401, S603 - known one by one
        while not wanted and all(each.poll() is None for each in running):
            time.sleep(0.1)
        return 0 if wanted else next(each.returncode for each in running if each.returncode is not None)
    finally:
        for each in running:
            each.terminate()
        for each in running:
            each.wait()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
