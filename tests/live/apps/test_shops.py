"""The example shops as `make flask-shop` and `make fastapi-shop` start them: for an order, a mail arrives."""

import json
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


@contextmanager
def running(shop: str, port: int, place: Path) -> Iterator[None]:
    start = EXAMPLES / shop / "start.py"
    process = subprocess.Popen([sys.executable, start, str(port), place])  # noqa: S603 - our own
    try:
        yield
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=60) == 0


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
