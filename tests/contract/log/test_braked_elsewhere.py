"""What a brake holds is nobody's hold: keys, additions, opt-outs and releases at once know the difference."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from columba_shared import identity
from columba_shared.event import Recipient
from columba_shared.log import keys, optouts, recipients, releasing
from columba_shared.log.amending import Place
from columba_shared.log.audit import Author
from columba_shared.log.keys import Filing
from columba_shared.log.optouts import Refusal
from columba_shared.log.transacting import transact
from columba_shared.log.writer import Writer
from columba_shared.state import State
from sqlalchemy import Engine

from tests.contract.log.brakes import AFTERWARDS, CAROL, DAVE, MUCH_LATER, claim, end, held_by, pull
from tests.contract.log.entries import LATER, NOW, claim_of, delivery_of, event_of, recorded
from tests.contract.log.filling import record
from tests.contract.log.stored import delivery_row

ANN = Author(who="ann")


def test_what_replaces_a_braked_event_under_its_key_is_not_held_by_anybody(log: Engine, writer: Writer) -> None:
    older = delivery_of(event_of(key="invoice:42"))
    newer = delivery_of(event_of(key="invoice:42", created_at=LATER))
    brake = pull(log, producer="shop")
    file(log, writer, Filing(event=recorded(older.event), deliveries=[older], at=NOW))
    assert claim(log, writer, older) == [State.HELD]
    file(log, writer, Filing(event=recorded(newer.event), deliveries=[newer], at=LATER))
    assert [delivery_row(log, each.id).state for each in (older, newer)] == ["superseded", "scheduled"]
    assert claim(log, writer, newer) == [State.HELD]
    with log.connect() as connection:
        assert [each.delivery_id for each in releasing.held(connection, brake.id, limit=9)] == [newer.id]


def file(log: Engine, writer: Writer, filing: Filing) -> None:
    with log.begin() as connection:
        keys.file(connection, writer, [filing])


def test_whoever_is_added_to_what_a_brake_holds_waits_for_the_brake_and_not_for_people(
    log: Engine, writer: Writer
) -> None:
    entry = delivery_of()
    record(log, entry)
    pull(log)
    claim(log, writer, entry)
    place = Place(event_id=entry.event.id, target="email")
    with log.begin() as connection:
        recipients.add_recipients(connection, writer, place, [Recipient(address="new@b.org")], CAROL, now=LATER)
    key = identity.delivery_id(entry.event.id, "email", "new@b.org")
    assert delivery_row(log, key).state == "scheduled"
    added = replace(entry, id=key, address="new@b.org", asked_at=LATER)
    assert claim(log, writer, added) == [State.HELD]


def test_who_opts_in_again_gets_what_a_brake_held_once_the_brake_lets_it_go(log: Engine, writer: Writer) -> None:
    expires = MUCH_LATER + timedelta(days=1)
    entry = replace(delivery_of(event_of(expires_at=expires)), user="42")
    record(log, entry)
    brake, everything = pull(log), Refusal(user="42")
    claim(log, writer, entry)
    with log.begin() as connection:
        optouts.opt_out(connection, everything, ANN, now=LATER)
    with log.begin() as connection:
        assert optouts.suppress(connection, everything, ANN, now=LATER, limit=9) == 1
    end(log, brake)
    with log.begin() as connection:
        optouts.opt_in(connection, everything, ANN, now=AFTERWARDS)
    with log.begin() as connection:
        assert optouts.bring_back(connection, everything, ANN, now=AFTERWARDS, limit=9).number == 1
    assert delivery_row(log, entry.id).state == "scheduled"


def test_two_who_release_at_once_let_each_go_once(log: Engine, writer: Writer) -> None:
    if log.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    entries = [delivery_of() for _ in range(60)]
    brake = pull(log)
    claim(log, writer, *entries)
    end(log, brake)

    def release_all(limit: int) -> int:
        number = 0
        while True:
            with log.connect() as connection:
                meant = releasing.held(connection, brake.id, limit=limit)
            if not meant:
                return number
            release = partial(releasing.release, meant=meant, brake_id=brake.id, author=DAVE, now=MUCH_LATER)
            number += len(transact(log, release).done)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(release_all, (7, 11, 13, 60))) == len(entries)
    assert {(row.state, row.revision) for row in (delivery_row(log, each.id) for each in entries)} == {("scheduled", 1)}
    assert held_by(log) == set()


def test_a_brake_pulled_while_claims_are_under_way_waits_for_them(log: Engine, writer: Writer) -> None:
    if log.dialect.name == "sqlite":
        pytest.skip("one writer at a time")
    entry = delivery_of()
    with ThreadPoolExecutor(1) as pool:
        with log.begin() as connection:
            assert writer.claim(connection, [claim_of(entry)]) == {}
            pulling = pool.submit(pull, log)
            with pytest.raises(TimeoutError):
                pulling.result(0.3)
        brake = pulling.result(30)
    later = delivery_of()
    assert claim(log, writer, later) == [State.HELD]
    assert held_by(log) == {(brake.id, later.id)}
