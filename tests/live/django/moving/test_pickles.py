"""Whatever a pickle does to its reader, it costs its row alone."""

import base64
import os
import pickle
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from columba_consumers.importing.pickles import Pickles, UnreadablePickle
from django.core.mail import EmailMessage

from tests.live.django import project

project.configure()


class _Call:
    """What calls something as it is loaded."""

    def __init__(self, function: Callable[..., Any], *words: object) -> None:
        self._asked = (function, words)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._asked


@pytest.fixture
def pickles() -> Iterator[Pickles]:
    with closing(Pickles(patience_seconds=20)) as found:
        yield found


def _kept(what: object) -> str:
    return base64.encodebytes(pickle.dumps(what)).decode("ascii")


_MAIL = _kept(EmailMessage("Hi", "Hello", "shop@example.org", ["ann@example.org"]))


def test_a_reader_that_ended_between_two_is_replaced(pickles: Pickles, tmp_path: Path) -> None:
    told = tmp_path / "pid"
    with pytest.raises(UnreadablePickle, match="is no mail"):
        pickles.read(_kept(_Call(exec, f"import os; open({str(told)!r}, 'w').write(str(os.getpid()))")))
    reader = int(told.read_text())
    os.kill(reader, signal.SIGKILL)
    os.waitid(os.P_PID, reader, os.WEXITED | os.WNOWAIT)
    assert pickles.read(_MAIL).subject == "Hi"


def test_one_that_ends_its_reader_is_bad_and_the_next_is_read(pickles: Pickles) -> None:
    with pytest.raises(UnreadablePickle, match="ended the process"):
        pickles.read(_kept(_Call(os._exit, 0)))
    assert pickles.read(_MAIL).subject == "Hi"


def test_one_that_never_returns_is_bad_and_the_next_is_read() -> None:
    with closing(Pickles(patience_seconds=5)) as pickles:
        with pytest.raises(UnreadablePickle, match="for more than 5 seconds"):
            pickles.read(_kept(_Call(time.sleep, 3600)))
        assert pickles.read(_MAIL).subject == "Hi"
