"""A project whose database has real deliveries on record, made once; each test has a copy of it."""

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

import pytest
from columba_producer import Recipient
from columba_producer.django import enqueue
from columba_producer.django.admin import message
from columba_shared.log.address_book import AddressBook
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.user import User
from django.core.mail import EmailMultiAlternatives
from django.test import override_settings

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.admin.office import EVIL, HOSTILE, Records, records

_TARGETS: Final = "email,webhook"
_DATABASE: Final = "project.sqlite3"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that is copied."""
    folder = tmp_path_factory.mktemp("template")
    shell = _shell(folder)
    shell.write_templates()
    lent = project.database(project.sqlite(folder / _DATABASE), apps=project.WITH_PEOPLE)
    with lent, override_settings(COLUMBA={"TARGETS": _TARGETS}):
        _enqueue()
        shell.run("up", "--once", status=1)
        shell.run("cancel", "--to", HOSTILE, "--yes", "--by", EVIL, "--why", EVIL)
    with records(shell.database_url) as log:
        SuppressionList(log.engine).suppress("gone@example.org", "@example.net", category="evil", why=EVIL)
        AddressBook(log.engine).add(User(id=EVIL, addresses={"email": "mail@example.org"}, name=EVIL))
    return folder


@pytest.fixture
def shell(template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shell]:
    """Columba's commands beside the project, which has a log in its own database."""
    folder = shutil.copytree(template, tmp_path / "shop")
    project.write_settings(folder / "shop_settings.py")  # for the process that makes messages
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shop_settings")
    monkeypatch.syspath_prepend(folder)
    monkeypatch.setattr(message, "PATIENCE_SECONDS", 300)  # of a busy machine
    own = {"TARGETS": _TARGETS, "TEMPLATES": folder / "templates", "MAILDIR": folder / "letters"}
    with project.database(project.sqlite(folder / _DATABASE), apps=()), override_settings(COLUMBA=own):
        yield _shell(folder)


@pytest.fixture
def log(shell: Shell) -> Iterator[Records]:
    """The log."""
    with records(shell.database_url) as found:
        yield found


def _shell(folder: Path) -> Shell:
    where = {"COLUMBA_DATABASE_URL": f"sqlite:///{folder / _DATABASE}", "COLUMBA_TARGETS": _TARGETS}
    return Shell(folder=folder, settings=where)


def _enqueue() -> None:
    ready, later = "invoice.ready", timedelta(days=2)
    enqueue(ready, to="sent@example.org", context={"number": 41})
    enqueue(ready, to=["early@example.org", "late@example.org"], context={"number": 42}, defer_for=later)
    enqueue(ready, to=["held@example.org", "kept@example.org"], context={"number": 43}, hold=True)
    enqueue("nobody.renders", to="dead@example.org", context={"thing": EVIL})
    evil, about = Recipient(address=HOSTILE, user=EVIL), f"user:{EVIL}"
    enqueue("evil.kind", to=evil, target="webhook", context={"thing": EVIL}, hold=True, about=about)
    enqueue("evil.kind", to=f"{HOSTILE}2", target="webhook", context={"thing": EVIL}, hold=True, about="user:1")
    mail = EmailMultiAlternatives(EVIL, EVIL, to=["mail@example.org"])
    mail.attach_alternative(f"<h1>Hi</h1>{EVIL}<script>evil()</script>", "text/html")
    mail.attach(f"{EVIL}.txt", "x", "text/plain")
    mail.columba = {"defer_for": later, "key": EVIL}
    mail.send()
