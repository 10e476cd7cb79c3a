"""The ids of many events."""

import sys
from uuid import UUID, uuid4

import pytest
from columba_producer.ids import EventIds


def test_ids_come_back_as_a_list_would_give_them() -> None:
    given = [uuid4() for _ in range(10)]
    ids = EventIds()
    for each in given:
        ids.append(each)
    assert list(ids) == given
    assert (len(ids), ids[0], ids[-1], ids[2:5], ids[::-3]) == (10, given[0], given[-1], given[2:5], given[::-3])
    assert given[3] in ids


def test_beyond_its_end_there_is_nothing() -> None:
    with pytest.raises(IndexError):
        EventIds()[0]


def test_a_million_ids_take_little_memory() -> None:
    ids = EventIds()
    for number in range(1000):
        ids.append(UUID(int=number))
    assert sys.getsizeof(ids._bytes) < 1000 * 20  # noqa: SLF001 - the memory is what is meant
