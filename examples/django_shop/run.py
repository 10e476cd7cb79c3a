"""Starts the shop: its tables, a web server, and one process of Columba's that delivers; Ctrl-C ends it all."""

import argparse
import signal
import subprocess
import sys
from pathlib import Path

_FOLDER = Path(__file__).parent
_MANAGE = (sys.executable, str(_FOLDER / "manage.py"))


def main(port: int) -> int:
    """Return the exit status, once one of the two has ended, or somebody wants them to."""
    subprocess.run((*_MANAGE, "migrate", "--verbosity", "0"), check=True, cwd=_FOLDER)  # noqa: S603 - our own words
    subprocess.run((*_MANAGE, "staff", str(port)), check=True, cwd=_FOLDER)  # noqa: S603 - as above
    # A signal ends the wait below, also where a shell has started this in the background and had Ctrl-C ignored.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    columba = subprocess.Popen((*_MANAGE, "columba", "up"), cwd=_FOLDER)  # noqa: S603 - as above
    web = subprocess.Popen((*_MANAGE, "runserver", "--noreload", str(port)), cwd=_FOLDER)  # noqa: S603 - as above
    print(f"Buy something at http://127.0.0.1:{port}/, and see examples/django_shop/columba-mail", flush=True)
    try:
        return web.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        web.terminate()
        columba.terminate()
        web.wait()
        columba.wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8000)
    sys.exit(main(parser.parse_args().port))
