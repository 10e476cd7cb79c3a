"""Taking over holds the log's write transactions short, and leaves what people have decided since."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers.importing.item import OptedOut, Place, Told
from columba_consumers.importing.recording import INSIDE
from columba_consumers.importing.taking import Taking
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.event import Event, Recipient
from columba_shared.log.audit import Author
from columba_shared.log.optouts import Refusal
from columba_shared.raw_email import RawEmail
from sqlalchemy import Engine, event, text

from tests.contract.cli.shell import Shell

_NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
_ANN = Author(who="ann")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    shell = Shell(folder=tmp_path)
    shell.run("migrate")
    engine = shell.log()
    yield engine
    engine.dispose()


class _Blobs:
    """Notes whether the log could be written to while it stored something."""

    def __init__(self, log: Engine) -> None:
        self._log = log
        self.uses: list[Use] = []

    def put(self, content: Measured, use: Use) -> str:
        with self._log.connect() as connection:
            connection.execute(text("PRAGMA busy_timeout = 0"))
            connection.execute(text("DELETE FROM columba_audit"))
        self.uses.append(use)
        return content.sha256

    def get(self, blob: str) -> bytes:
        raise NotImplementedError

    def close(self) -> None: ...


def _taking(log: Engine, blobs: _Blobs | None = None) -> Taking:
    return Taking(engine=log, author=_ANN, follow=lambda _: None, blobs=blobs)


def _large(number: int) -> Told:
    said = Event(
        id=UUID(int=number),
        kind="django.mail",
        target="email",
        producer="old",
        to=(Recipient(address="ann@example.org"),),
        created_at=_NOW,
    )
    mail = RawEmail(content=b"Subject: Hi\r\nFrom: a@example.org\r\n\r\n" + b"x\r\n" * INSIDE, sender=None)
    return Told(place=Place(table="mails", row=number), event=said, mail=mail)


def _opted_out(number: int) -> OptedOut:
    return OptedOut(place=Place(table="opt_outs", row=number), refusal=Refusal(user=str(number)), at=_NOW)


def test_large_mails_are_stored_while_others_write_to_the_log_and_once(log: Engine) -> None:
    blobs = _Blobs(log)
    tally = _taking(log, blobs).take([_large(1), _large(2)])
    assert (tally.new["mails"], tally.bad) == (2, [])
    assert _taking(log, blobs).take([_large(1), _large(2)]).known["mails"] == 2
    assert [use.event_id for use in blobs.uses] == [UUID(int=1), UUID(int=2)]


def test_each_opt_out_has_a_transaction_of_its_own(log: Engine) -> None:
    commits: list[object] = []
    event.listen(log, "commit", commits.append)
    assert _taking(log).take([_opted_out(each) for each in range(3)]).new["opt_outs"] == 3
    assert len(commits) == 3
