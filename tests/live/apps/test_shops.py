"""The example shops as `make flask-shop` and `make fastapi-shop` start them: for an order, a mail arrives."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest

from tests.services.ports import free_ports
from tests.system.system import until

EXAMPLES = Path(__file__).parents[3] / "examples"
ORDER = {"email": "bob@example.com", "article": "a dove"}
FORM = urlencode(ORDER).encode(), "application/x-www-form-urlencoded"
JSON = json.dumps(ORDER).encode(), "application/json"


def started(shop: str, port: int, place: Path, **more: str) -> subprocess.Popen[str]:
    """Start one in a session of its own, as in a terminal of its own."""
    command = [sys.executable, str(EXAMPLES / shop / "start.py"), str(port), str(place)]
    return subprocess.Popen(command, start_new_session=True, text=True, stderr=subprocess.PIPE, env=os.environ | more)  # noqa: S603 - our own


@contextmanager
def running(shop: str, port: int, place: Path) -> Iterator[None]:
    """Run one until Ctrl-C, which all processes of its session get: Columba finishes what it has begun."""
    with started(shop, port, place) as process:
        try:
            yield
        finally:
            os.killpg(process.pid, signal.SIGINT)
            _, told = process.communicate(timeout=60)
        assert process.returncode == 0
        assert "process.stopped" in told


@pytest.mark.parametrize(("shop", "body"), [("flask_shop", FORM), ("fastapi_shop", JSON)], ids=["flask", "fastapi"])
def test_whoever_orders_gets_a_mail(shop: str, body: tuple[bytes, str], tmp_path: Path) -> None:
    port = next(free_ports())
    request = Request(f"http://127.0.0.1:{port}/orders", data=body[0], headers={"Content-Type": body[1]})

    def ordered() -> bool:
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310 - our own
                return bool(answer.status == 201)
        except URLError:
            return False

    with running(shop, port, tmp_path):
        until(ordered, "the shop takes orders")
        mails = tmp_path / "columba-mail" / "new"
        until(lambda: mails.is_dir() and any(mails.iterdir()), "the mail has arrived")
        (mail,) = mails.iterdir()
        text = mail.read_text()
    assert "To: bob@example.com" in text
    assert "Subject: Your order 1" in text


def test_where_columba_ends_the_shop_does(tmp_path: Path) -> None:
    with started("flask_shop", next(free_ports()), tmp_path, COLUMBA_APP="nowhere") as process:
        _, told = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "COLUMBA_APP" in told
