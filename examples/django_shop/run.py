"""Starts the shop: its tables, a web server, and one process of Columba's that delivers; Ctrl-C ends it all."""

import argparse
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

_FOLDER = Path(__file__).parent
_MANAGE = (sys.executable, str(_FOLDER / "manage.py"))


def main(port: int) -> int:
    """Return the exit status, once one of the two has ended, or somebody wants them to."""
    print("Making the shop's tables, which takes some seconds", flush=True)
    subprocess.run((*_MANAGE, "migrate", "--verbosity", "0"), check=True, cwd=_FOLDER)  # noqa: S603 - our own words
    subprocess.run((*_MANAGE, "staff", str(port)), check=True, cwd=_FOLDER)  # noqa: S603 - as above
    print(f"Buy something at http://127.0.0.1:{port}/, and see examples/django_shop/columba-mail", flush=True)
    return run((*_MANAGE, "columba", "up"), (*_MANAGE, "runserver", "--noreload", str(port)), cwd=_FOLDER)


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
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    sys.exit(main(parser.parse_args().port))
