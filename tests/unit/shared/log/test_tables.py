"""The tables spell some words out; they must be the words that the rest of the code means."""

import re

from columba_shared.event import MAX_ADDRESS_LENGTH, MAX_NAME_LENGTH
from columba_shared.log.tables import WAITING, delivery, metadata, outbox_metadata
from columba_shared.state import CLAIMABLE, State
from sqlalchemy import Column, String


def test_the_partial_index_holds_exactly_the_claimable_states() -> None:
    assert set(re.findall(r"'(\w+)'", WAITING.text)) == {state.value for state in CLAIMABLE}


def test_every_word_that_is_kept_fits_its_column() -> None:
    assert max(len(state) for state in State) <= _length(delivery.c.state)
    assert _length(delivery.c.address) == MAX_ADDRESS_LENGTH
    assert _length(delivery.c.kind) == MAX_NAME_LENGTH


def test_the_outbox_can_be_made_without_the_log() -> None:
    assert list(outbox_metadata.tables) == ["columba_outbox"]
    assert not set(metadata.tables) & set(outbox_metadata.tables)


def _length(column: Column[str]) -> int:
    assert isinstance(column.type, String)
    return column.type.length or 0
