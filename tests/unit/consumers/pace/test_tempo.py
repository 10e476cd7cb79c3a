"""The tempo of the last second is what a rate begins with where nobody ever set one."""

from columba_consumers.pace.tempo import Tempo


def test_it_counts_by_destination_and_forgets_after_a_second_or_two() -> None:
    now = 10.0
    tempo = Tempo(monotonic=lambda: now)
    for destination in ("a", "a", "b"):
        tempo.count(destination)
    assert (tempo.observed("a"), tempo.observed("b"), tempo.observed_in_all()) == (2, 1, 3)
    now = 11.2
    tempo.count("a")
    assert tempo.observed("a") == 2
    now = 13.5
    assert tempo.observed_in_all() == 0
