"""The example shop as people run it: started by one command, used over HTTP."""

import os
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

from tests.live.django.project import bare_environment
from tests.services.ports import LOOPBACK, free_ports
from tests.system.system import until

_RUN = Path(__file__).parents[3] / "examples" / "django_shop" / "run.py"


@contextmanager
def _shop(folder: Path) -> Iterator[str]:
    """Run the shop, and see that it ends well."""
    port = next(free_ports())
    environ = bare_environment() | {"SHOP_FOLDER": str(folder)}
    with (folder / "log").open("wb") as log:
        command = (sys.executable, str(_RUN), "--port", str(port))
        process = subprocess.Popen(command, env=environ, stdout=log, stderr=log, start_new_session=True)  # noqa: S603 - ours
    try:
        until(lambda: _answers(port), (folder / "log").read_text)
        yield f"http://{LOOPBACK}:{port}"
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        assert process.wait(timeout=60) == 0, (folder / "log").read_text()
        assert "process.stopped" in (folder / "log").read_text()
    finally:
        process.terminate()
        process.wait(timeout=60)


def _answers(port: int) -> bool:
    try:
        return "Buy" in _asked(f"http://{LOOPBACK}:{port}/")[1]
    except OSError:
        return False


def _asked(url: str, **form: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(url, data=urlencode(form).encode() or None, timeout=30) as answer:  # noqa: S310 - our own
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def _seen_by_staff(shop: str, printed: str) -> str:
    """Log in to the admin as the shop says, and return its list of deliveries."""
    login = re.search(r"as (\S+), password (\S+)", printed)
    assert login is not None
    cookies = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(cookies))
    browser.open(f"{shop}/admin/login/", timeout=30).close()
    (token,) = [each.value for each in cookies if each.name == "csrftoken"]
    form = {"username": login[1], "password": login[2], "csrfmiddlewaretoken": token}
    browser.open(f"{shop}/admin/login/?next=/admin/", urlencode(form).encode(), timeout=30).close()
    with browser.open(f"{shop}/admin/columba_admin/delivery/", timeout=30) as answer:
        return str(answer.read().decode())


def test_who_buys_is_told_twice_and_who_cannot_is_told_nothing(tmp_path: Path) -> None:
    mails = tmp_path / "columba-mail" / "new"

    def told() -> list[str]:
        return sorted(
            line for mail in mails.glob("*") for line in mail.read_text().splitlines() if line[:8] == "Subject:"
        )

    with _shop(tmp_path) as shop:
        assert _asked(f"{shop}/buy", email="bob@example.org", thing="teapot") == (201, "It is yours.\n")
        assert _asked(f"{shop}/buy", email="cy@example.org", thing="teapot")[0] == 409
        expected = ["Subject: Your order", "Subject: Your teapot is on its way"]
        until(lambda: told() == expected, lambda: f"{told()} in {(tmp_path / 'log').read_text()}")
        assert "teapot for bob@example.org" in _asked(f"{shop}/")[1]
        assert "bob@example.org" in _seen_by_staff(shop, (tmp_path / "log").read_text())
    assert not any("cy@example.org" in mail.read_text() for mail in mails.iterdir())
