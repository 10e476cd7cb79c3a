"""Systems to break."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.postgres import Postgres
from tests.services.rabbitmq import RabbitMQ
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.system.system import TORTURE, System, running

Tell = Callable[[str], None]


@pytest.fixture
def tell(capsys: pytest.CaptureFixture[str]) -> Tell:
    """Say a figure to whoever watches the torture; `make test` stays quiet."""

    def said(sentence: str) -> None:
        if TORTURE:
            with capsys.disabled():
                print(f"\n{sentence}")  # noqa: T201 - a figure for people

    return said


@pytest.fixture
def smtp(tmp_path: Path) -> Iterator[SmtpProcess]:
    """A mail server that tells what it saw, and misbehaves when told to."""
    with smtp_process(tmp_path / "mails.jsonl") as server:
        yield server


@pytest.fixture
def system(tmp_path: Path, mail_url: str, postgres_log_url: str, smtp: SmtpProcess) -> Iterator[System]:
    """Columba on RabbitMQ and PostgreSQL; its own processes may be killed."""
    with running(System(tmp_path, mail_url, postgres_log_url, smtp)) as system:
        yield system


@pytest.fixture
def breakable(  # noqa: PLR0917 - pytest hands fixtures over by name
    tmp_path: Path, rabbitmq: RabbitMQ, postgres: Postgres, mail_url: str, postgres_log_url: str, smtp: SmtpProcess
) -> Iterator[System]:
    """Columba on servers that may be broken as well."""
    del rabbitmq, postgres
    with running(System(tmp_path, mail_url, postgres_log_url, smtp)) as system:
        yield system


@pytest.fixture(params=["embedded", "on servers"])
def either(request: pytest.FixtureRequest, tmp_path: Path, smtp: SmtpProcess) -> Iterator[System]:
    """Columba in each way to run it, with nothing started yet."""
    if request.param == "embedded":
        urls = ("memory://", f"sqlite:///{tmp_path / 'columba.db'}")
    else:
        urls = (request.getfixturevalue("mail_url"), request.getfixturevalue("postgres_log_url"))
    with running(System(tmp_path, *urls, smtp)) as system:
        yield system
