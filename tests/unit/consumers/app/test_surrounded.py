"""What frameworks want done around the app's code is done, whatever that code does."""

import asyncio
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace

import pytest
from columba_consumers.app import AppError, load_app, surrounded
from columba_consumers.app.surrounded import Surrounded
from columba_shared.surroundings import Surroundings


@dataclass
class Framework:
    """Writes down what it is asked to do."""

    done: list[str] = field(default_factory=list)

    @property
    def surroundings(self) -> Surroundings:
        """What it wants done."""

        async def awaited() -> None:
            self.done.append("awaited")

        return Surroundings(
            around=lambda: self.done.append("around"),
            awaited=awaited,
            leaving=lambda: self.done.append(f"leaving {threading.current_thread().name.partition('_')[0]}"),
        )


def _install(monkeypatch: pytest.MonkeyPatch, function: Callable[[], Surroundings | None]) -> None:
    entry = SimpleNamespace(name="a framework", load=lambda: function)
    monkeypatch.setattr(surrounded, "entry_points", lambda **_: [entry])


def test_it_is_done_before_and_after_each_call_even_of_one_that_fails() -> None:
    framework = Framework()

    def fail() -> None:
        framework.done.append("called")
        raise KeyError

    with pytest.raises(KeyError):
        Surrounded((framework.surroundings,)).call(fail)
    assert framework.done == ["around", "called", "around"]


async def test_around_a_coroutine_it_is_awaited() -> None:
    framework = Framework()

    async def run() -> int:
        framework.done.append("called")
        return 42

    assert await Surrounded((framework.surroundings,)).wait_for(run()) == 42
    assert framework.done == ["awaited", "called", "awaited"]


def test_a_framework_that_does_not_start_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise RuntimeError("no settings")

    _install(monkeypatch, fail)
    with pytest.raises(AppError, match="its framework, a framework, does not start: RuntimeError: no settings"):
        Surrounded.installed()


def test_one_that_is_not_in_use_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    _install(monkeypatch, lambda: None)
    assert Surrounded.installed() == Surrounded()


async def test_where_an_event_loop_runs_the_module_is_imported_in_a_thread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    framework = Framework()
    _install(monkeypatch, lambda: framework.surroundings)
    monkeypatch.syspath_prepend(tmp_path)
    code = "import asyncio\nfrom columba_consumers import renderer\nRUNS = asyncio._get_running_loop()\n"
    (tmp_path / "looped.py").write_text(f"{code}@renderer('a', target='email')\ndef a(event, recipient): ...\n")
    app = load_app("looped")
    assert app.renderers["a", "email"].function.__globals__["RUNS"] is None
    assert asyncio.get_running_loop() is not None
    assert framework.done == ["leaving columba-loading"]
    assert len(app.surrounded.all) == 1
    monkeypatch.delitem(sys.modules, "looped")
