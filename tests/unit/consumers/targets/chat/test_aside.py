"""What blocks is done in a thread, and whatever becomes of it is told."""

import pytest
from columba_consumers.targets.chat.aside import EndedError, aside


@pytest.mark.parametrize(
    "error", [SystemExit(3), KeyboardInterrupt(), StopIteration()], ids=lambda each: type(each).__name__
)
async def test_what_would_end_a_thread_ends_no_process_and_is_told(error: BaseException) -> None:
    def work() -> None:
        raise error

    with pytest.raises(EndedError, match=type(error).__name__):
        await aside(work)
