"""How often consumers look."""

from columba_consumers.lookout.lookout import EVERY_SECONDS


def test_a_pause_is_seen_within_a_second() -> None:
    """Half of it is left for the look itself."""
    assert EVERY_SECONDS <= 0.5
