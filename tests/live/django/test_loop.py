"""Consumers with Django loaded: their hooks may send mail, and none goes round in circles."""

from pathlib import Path

import pytest
from columba_producer.django import enqueue

from tests.contract.cli.shell import Shell
from tests.live.django import project
from tests.live.django.conftest import Queued

_APP = """
import os

import django
from columba_consumers import EmailMessage, after_delivery, renderer
from django.core.mail import send_mail

os.environ["DJANGO_SETTINGS_MODULE"] = "shop_settings"
django.setup()


@renderer("order.shipped", target="email")
def shipped(event, recipient):
    return EmailMessage(subject="Shipped", text="It is on its way.")


@after_delivery("*")
def tell_the_boss(outcome):
    send_mail("Delivered", outcome.event.kind, None, ["boss@example.org"])
"""


@pytest.mark.usefixtures("sqlite")
def test_a_hook_may_send_a_mail_but_not_about_that_mail(tmp_path: Path, queued: Queued) -> None:
    project.write_settings(tmp_path / "shop_settings.py")
    (tmp_path / "shop_app.py").write_text(_APP)
    settings = {"COLUMBA_DATABASE_URL": f"sqlite:///{tmp_path}/project.sqlite3", "COLUMBA_APP": "shop_app"}
    shell = Shell(folder=tmp_path, settings=settings)
    enqueue("order.shipped", to="bob@example.org")
    ran = shell.run("up", "--once")
    assert queued() == []
    assert "MailLoop: a mail of kind django.mail is being delivered, and would be queued again" in ran.stderr
    mails = [mail.read_text() for mail in (tmp_path / "columba-mail" / "new").iterdir()]
    assert sorted("Subject: Delivered" in mail for mail in mails) == [False, True]
