"""The corpus, sent by Django's own backend and by Columba's: twice the same mails."""

import random
from pathlib import Path
from typing import Final

import django
from columba_producer.django import EmailBackend
from columba_shared.event import Event
from django.core.mail.backends import smtp
from django.db import connections

from tests.live.django.conftest import Queued
from tests.live.django.corpus import corpus
from tests.services.ports import LOOPBACK
from tests.services.smtp_server import SmtpServer

_ALIAS: Final = {"alias": "smtp"} if django.VERSION >= (6, 1) else {}


def by_django(server: SmtpServer, folder: Path) -> None:
    """Send all to the server."""
    with smtp.EmailBackend(host=LOOPBACK, port=server.port, **_ALIAS) as backend:
        for number, (_, message) in enumerate(corpus(folder)):
            random.seed(number)  # which boundaries between parts are made of
            assert backend.send_messages([message]) == 1


def by_columba(queued: Queued, folder: Path) -> tuple[list[str], list[Event]]:
    """Queue all; return their names and their events."""
    names: list[str] = []
    for number, (name, message) in enumerate(corpus(folder)):
        random.seed(number)
        assert EmailBackend().send_messages([message]) == 1
        names.append(name)
    try:
        return names, queued()
    finally:
        connections.close_all()  # of this thread
