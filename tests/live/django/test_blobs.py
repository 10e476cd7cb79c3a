"""Mails that are too large to travel: stored in the project's database, where that is the log's as well."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from columba_shared.errors import InvalidEvent
from columba_shared.log.blob_store import DatabaseBlobs
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from django.core.mail import EmailMessage
from django.db import connection, transaction
from django.test import override_settings

from tests.live.django import project
from tests.live.django.conftest import Queued

_LARGE = bytes(range(256)) * 4096


def _mail() -> EmailMessage:
    return EmailMessage("Hi", "Hello", to=["bob@example.org"], attachments=[("a.bin", _LARGE, "application/x-a")])


@contextmanager
def _in_the_log(url: str) -> Iterator[None]:
    with closing(DatabaseBlobs(url)):
        engine = connect(url)
        migrate(engine)
        engine.dispose()
    with project.database(project.at(url)):
        yield


def _stored() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM columba_blob")
        return int(cursor.fetchone()[0])


def test_it_is_stored_once_in_the_transaction_that_queues_it(any_url: str, queued: Queued) -> None:
    with _in_the_log(any_url):
        with transaction.atomic():
            _mail().send()
            transaction.set_rollback(True)
        assert (_stored(), queued()) == (0, [])
        message = _mail()
        message.extra_headers = {"Message-ID": "<1@example.com>", "Date": "Sun, 22 Nov 2026 09:00:00 +0100"}
        content = message.message()
        content.set_boundary("same")
        message.message = lambda **_: content
        for _ in range(2):
            message.send()
        first, second = queued()
        assert _stored() == 1
        assert first.attachments == second.attachments
        (file,) = first.attachments
        assert file.blob is not None
        with closing(DatabaseBlobs(any_url)) as blobs:
            assert len(blobs.get(file.blob)) == file.size > len(_LARGE)


@pytest.mark.usefixtures("sqlite")
def test_without_a_place_for_it_the_caller_is_told(queued: Queued) -> None:
    with pytest.raises(InvalidEvent, match="needs a blob store, and this producer reaches none"):
        _mail().send()
    assert queued() == []


@pytest.mark.usefixtures("sqlite")
def test_a_folder_takes_it(queued: Queued, tmp_path: Path) -> None:
    folder = tmp_path / "blobs"
    folder.mkdir()
    with override_settings(COLUMBA={"BLOBS": folder.as_uri()}):
        _mail().send()
    (event,) = queued()
    assert event.attachments[0].blob is not None
    assert list(folder.rglob("*"))


def test_after_the_log_has_moved_it_goes_where_that_is(queued: Queued, tmp_path: Path) -> None:
    own, log = (f"sqlite:///{tmp_path / name}" for name in ("own.sqlite3", "log.sqlite3"))
    engine = connect(log)
    migrate(engine)
    with _in_the_log(own):
        with override_settings(COLUMBA={"DATABASE_URL": own}), transaction.atomic():
            _mail().send()
            transaction.set_rollback(True)
        assert _stored() == 0
        with override_settings(COLUMBA={"DATABASE_URL": log}):
            _mail().send()
        (event,) = queued()
        assert _stored() == 0
    with closing(DatabaseBlobs(engine)) as blobs:
        assert blobs.get(event.attachments[0].blob or "")
