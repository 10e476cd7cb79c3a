"""Whatever is done in transactions, exactly what was committed is told: on every database, within it and after it."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from columba_producer import create_outbox
from columba_shared.log.engine import connect
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine

from tests.contract.rules.newsroom import Base, Everything, Headlines, emptied, newsroom
from tests.contract.rules.script import DEEDS, KEYS, TITLES, Player, steps
from tests.system.system import scaled

SAVES = scaled(400, 10_000)
SCRIPT = 60


@pytest.mark.parametrize("way", ["outbox", "producer"])
def test_of_mixed_transactions_exactly_what_was_committed_is_told(documents: Engine, tmp_path: Path, way: str) -> None:
    random, everything = Random(20_261_122), Everything()  # noqa: S311 - a script, no secret
    with newsroom(documents, tmp_path, [everything, Headlines()], within=way == "outbox") as room:
        player = Player(room, everything)
        while player.saves < SAVES:
            player.play(steps(random, SCRIPT))
        assert room.rules.failures.last == ()
    assert player.told > SAVES / 4


STEPS = st.lists(
    st.tuples(
        st.sampled_from(sorted(set(DEEDS))),
        st.integers(0, KEYS - 1),
        st.integers(0, KEYS - 1),
        st.tuples(st.sampled_from(TITLES), st.booleans()),
    ),
    max_size=SCRIPT,
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database for many short lives."""
    engine = connect(f"sqlite:///{tmp_path_factory.mktemp('scratch') / 'app.db'}")
    create_outbox(engine)
    Base.metadata.create_all(engine)
    yield engine
    engine.dispose()


@given(script=STEPS)
def test_of_any_script_exactly_what_was_committed_is_told(
    scratch: Engine, tmp_path_factory: pytest.TempPathFactory, script: list[tuple[str, int, int, tuple[str, bool]]]
) -> None:
    emptied(scratch)
    everything = Everything()
    with newsroom(scratch, tmp_path_factory.getbasetemp(), [everything, Headlines()], within=True) as room:
        Player(room, everything).play(script)
