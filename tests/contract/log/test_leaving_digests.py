"""Events that leave a digest which was expanded: asked of all its deliveries, without taking hold of each."""

from datetime import timedelta

import pytest
from columba_shared.log import moderation
from columba_shared.log.audit import Author
from columba_shared.log.gathering import leaving
from columba_shared.log.moderated import Meant, Why
from columba_shared.log.tables import delivery
from columba_shared.log.writer import Writer
from sqlalchemy import Engine, select, update

from tests.contract.log.entries import NOW
from tests.contract.log.test_waking_digests import PEOPLE, digest_for_a_user

CAROL = Author(who="carol")
IMPATIENT = {"postgresql": "SET lock_timeout = '500ms'"} | dict.fromkeys(
    ("mysql", "mariadb"), "SET innodb_lock_wait_timeout = 1"
)
LATER = NOW + timedelta(seconds=1)


def member(log: Engine) -> Meant:
    """Return the event that is gathered."""
    with log.connect() as connection:
        return Meant(delivery_id=connection.scalars(select(delivery.c.id).where(delivery.c.state == "gathered")).one())


def test_what_somebody_was_told_is_too_late_to_leave_and_waits_for_nobody_who_is_not(
    log: Engine, writer: Writer
) -> None:
    if log.dialect.name == "sqlite":
        pytest.skip("locks no rows")
    digest = digest_for_a_user(log, writer)
    told, waiting = (each.address for each in PEOPLE[:2])
    mine = delivery.c.event_id == digest.id
    with log.begin() as connection:
        connection.execute(update(delivery).where(mine, delivery.c.address == told).values(state="sent"))
    leaves = member(log)
    with log.begin() as busy, log.begin() as connection:
        connection.detach()  # nobody after this is as impatient
        busy.execute(select(delivery.c.id).where(mine, delivery.c.address == waiting).with_for_update())
        connection.exec_driver_sql(IMPATIENT[log.dialect.name])
        done = moderation.cancel(connection, [leaves], CAROL, now=LATER)
    assert [each.why for each in done.left] == [Why.TOO_LATE]


def test_whoever_has_not_been_told_is_told_anew_however_many_they_are(
    log: Engine, writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaving, "MOST_NAMED", 2)
    digest, leaves = digest_for_a_user(log, writer), member(log)
    with log.begin() as connection:
        done = moderation.cancel(connection, [leaves], CAROL, now=LATER)
    assert {each.address for each in done.going} >= {each.address for each in PEOPLE}
    with log.connect() as connection:
        rows = connection.execute(select(delivery.c.revision).where(delivery.c.event_id == digest.id))
        assert {row.revision for row in rows} == {1}
