"""What was recorded, as digests see it: events that are told with others, and keys that were withdrawn."""

from collections.abc import Iterable, Iterator

from columba_shared.log.gathering.gathering import Closing, Ending, Gathering, Step
from columba_shared.log.keys import Filed, Filing


def steps(entries: Iterable[object], filed: Iterable[Filed]) -> Iterator[Step]:
    """Yield the steps with digests among the entries, in their order; ``filed`` says what became of each filing.

    A withdrawal that comes again is none: it would end what was gathered since it came first.
    """
    answers = iter(filed)
    for entry in entries:
        match entry:
            case Gathering() | Closing():
                yield entry
            case Filing(event=recorded, at=at):
                if not next(answers).again and recorded.event.withdraw:
                    yield Ending(withdrawal=recorded.event, at=at)
            case _:
                pass
