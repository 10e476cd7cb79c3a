"""Start the shop at http://127.0.0.1:8000, with Columba beside it, until Ctrl-C: `make fastapi-shop`."""

import os
import signal
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
PLACE = HERE.parents[1] / ".demo" / "fastapi_shop"
"""Where both keep the database and the mails; the second argument is another one."""

WORDS = """
Order something:   curl http://127.0.0.1:{port}/orders --json '{{"email": "bob@example.com", "article": "a dove"}}'
The mail comes to  {mails}
What became of it: cd {place} && {columba} explain bob@example.com
"""


def main(port: str = "8000", place: str = str(PLACE)) -> int:
    """Run both; return the web server's exit status."""
    Path(place).mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    database = f"sqlite:///{Path(place).resolve() / 'columba.db'}"
    environment = os.environ | {
        "COLUMBA_DATABASE_URL": database,
        "COLUMBA_TEMPLATES": str(HERE / "templates"),
        "SHOP_DATABASE_URL": database.replace("sqlite:", "sqlite+aiosqlite:", 1),
        "PYTHONPATH": str(HERE),
    }
    python = sys.executable
    delivering = subprocess.Popen([python, "-m", "columba_consumers", "up"], env=environment)  # noqa: S603 - our own
    try:
        print(
            WORDS.format(
                port=port,
                place=place,
                columba=Path(sys.executable).parent / "columba",
                mails=Path(place) / "columba-mail",
            ),
            flush=True,
        )
        serving = [python, "-m", "uvicorn", "--factory", "fastapi_shop:create_app", "--port", port]
        return subprocess.run(serving, env=environment, check=False).returncode  # noqa: S603 - as above
    except KeyboardInterrupt:
        return 0
    finally:
        delivering.send_signal(signal.SIGTERM)
        delivering.wait()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    raise SystemExit(main(*sys.argv[1:]))
