"""The states of a delivery."""

from columba_shared.state import CLAIMABLE, FINAL, OPEN, State


def test_every_state_is_either_open_or_final() -> None:
    assert set(State) == FINAL | OPEN
    assert not FINAL & OPEN


def test_only_open_states_can_be_claimed() -> None:
    assert CLAIMABLE <= OPEN


def test_every_word_fits_its_column() -> None:
    assert max(len(state.value) for state in State) <= 20
