"""A mail that cannot be dealt with is put aside for people, the next is taken in; a log that is away is waited for."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from columba_consumers.bounces import Intake, Report
from columba_consumers.bounces.mailbox import Mailbox, Tally
from columba_consumers.bounces.tracing import Clue, Tracer
from columba_shared.log.bounce_book import BounceBook
from columba_shared.log.errors import LogNotReady
from sqlalchemy import create_engine
from sqlalchemy.exc import DataError, IntegrityError, OperationalError, ProgrammingError

from tests.bounced import others
from tests.bounced.dsn import Original, mail

WRONG = "wrong"


@dataclass(frozen=True, kw_only=True)
class Failing(Tracer):
    """Fails at mails that have a word in them, in the way that it was made to."""

    error: Exception

    def clue(self, report: Report) -> Clue:
        """Return what a report may be about."""
        if WRONG in report.evidence:
            raise self.error
        return super().clue(report)


def intake(error: Exception) -> Intake:
    return Intake(book=BounceBook(create_engine("sqlite://")), tracer=Failing(error=error))


def letterbox(folder: Path) -> Mailbox:
    for name in ("new", "cur"):
        (folder / name).mkdir()
    (folder / "new" / "1").write_bytes(others.failed(Original(to=f"{WRONG}@example.org"), "5.1.1"))
    (folder / "new" / "2").write_bytes(others.away(Original()))
    (folder / "new" / "3").write_bytes(mail("Who are you?"))
    return Mailbox(folder=folder)


def files(mailbox: Mailbox) -> dict[str, list[str]]:
    return {name: sorted(each.name for each in (mailbox.folder / name).iterdir()) for name in ("new", "cur")}


@pytest.mark.parametrize("error", [ValueError("idna"), RecursionError(), DataError("", None, Exception())])
def test_a_mail_that_cannot_be_dealt_with_is_left_unread_and_holds_up_no_other(
    error: Exception, tmp_path: Path
) -> None:
    mailbox = letterbox(tmp_path)
    assert mailbox.take_in(intake(error)) == Tally(mails=3, left=2)
    assert files(mailbox) == {"new": [], "cur": ["1:2,", "2:2,S", "3:2,"]}


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("", None, Exception()),
        ProgrammingError("", None, Exception()),
        IntegrityError("", None, Exception()),
        LogNotReady("columba migrate"),
        ConnectionResetError(),
    ],
)
def test_a_mail_stays_new_while_the_log_cannot_take_it(error: Exception, tmp_path: Path) -> None:
    mailbox = letterbox(tmp_path)
    with pytest.raises(type(error)):
        mailbox.take_in(intake(error))
    assert files(mailbox) == {"new": ["1", "2", "3"], "cur": []}
