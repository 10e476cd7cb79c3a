"""A validator of the app's own: it may hang, and then costs its time once, and no other file more than that."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from datetime import timedelta
from queue import SimpleQueue
from typing import Final, NamedTuple

from columba_consumers.errors import Temporary

MOST_HANGING: Final = 8
"""Nobody can end a thread: so many may hang at one validator before it is asked no more."""

Check = Callable[[str, bytes], object]
"""Takes a file's name and content; raises ValueError with what is wrong."""


class _Question(NamedTuple):
    name: str
    content: bytes
    verdict: "Future[None]"


class OwnValidator:
    """Asks the app's function in a thread of its own, the same until that hangs; to be used by one thread at a time."""

    def __init__(self, name: str, check: Check, within: timedelta) -> None:
        self._name = name
        self._check = check
        self._within = within
        self._questions: SimpleQueue[_Question | None] | None = None
        self._hanging: list[_Question] = []

    def __call__(self, name: str, content: bytes) -> None:
        """Raise what the function raises, or Temporary when it takes too long."""
        self._hanging = [each for each in self._hanging if not each.verdict.done()]
        if any(each.content == content for each in self._hanging):
            raise Temporary(f"{name}: {self._name} is still at work on these very bytes")
        if len(self._hanging) >= MOST_HANGING:
            first = self._hanging[0].name
            raise Temporary(f"{name}: {self._name} hangs at {MOST_HANGING} files, the first of them {first}: mend it")
        question = _Question(name, content, Future())
        self._asked().put(question)
        if not wait([question.verdict], timeout=self._within.total_seconds()).done:
            self._hanging.append(question)
            self.close()
            seconds = f"{self._within.total_seconds():g}"
            raise Temporary(f"{name}: {self._name} has not ended within {seconds} s (COLUMBA_FILES_VALIDATOR_TIMEOUT)")
        question.verdict.result()

    def close(self) -> None:
        """End the thread, once it is through; asked again, it begins another."""
        if self._questions is not None:
            self._questions.put(None)
            self._questions = None

    def _asked(self) -> "SimpleQueue[_Question | None]":
        if self._questions is None:
            self._questions = SimpleQueue()
            # It keeps no process from ending: nothing has been sent yet.
            threading.Thread(
                target=_serve, args=(self._questions, self._check), name="columba-validator", daemon=True
            ).start()
        return self._questions


def _serve(questions: "SimpleQueue[_Question | None]", check: Check) -> None:
    while (question := questions.get()) is not None:
        try:
            check(question.name, question.content)
        except Exception as error:  # noqa: BLE001 - raised again where the question was asked
            question.verdict.set_exception(error)
        except BaseException as error:  # noqa: BLE001 - what would end the process is the validator's affair alone
            question.verdict.set_exception(RuntimeError(f"it raised {type(error).__name__}"))
        else:
            question.verdict.set_result(None)
