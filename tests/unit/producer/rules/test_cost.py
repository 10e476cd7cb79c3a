"""What rules cost those whom they do not concern."""

import sys
from functools import partial
from pathlib import Path
from types import FrameType

import columba_producer.rules
from columba_producer import Outbox
from columba_producer.rules import Rules, attach

from tests.unit.producer.rules.press import Author, Press, Story, Told

OURS = str(Path(columba_producer.rules.__file__).parent)
SAVES = 100


def test_a_class_without_rules_costs_one_call_a_save_and_a_few_a_commit() -> None:
    one = Press(Rules([Told().rule(models=(Story,))]))
    with attach(one.sessions, one.rules, outbox=partial(Outbox, targets=("files",))):
        one.saved(Author(name="the first of its class"))
        calls = 0

        def count(frame: FrameType, happening: str, _argument: object) -> None:
            nonlocal calls
            calls += happening == "call" and frame.f_code.co_filename.startswith(OURS)

        sys.setprofile(count)
        try:
            one.saved(*(Author(name=str(number)) for number in range(SAVES)))
        finally:
            sys.setprofile(None)
    one.engine.dispose()
    assert SAVES <= calls < SAVES + 30
