"""Expo is asked about what Columba's own push target has sent, and about nothing else."""

import sys
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from columba_consumers import PushMessage, renderer, target
from columba_consumers.receipts.expo import followers
from columba_consumers.targets import DeliveryRef, Receipt, SimpleTarget, registry
from columba_consumers.targets.push import PushTarget
from columba_shared.event import Event, Recipient
from columba_shared.log.engine import connect
from columba_shared.settings import Settings
from sqlalchemy import Engine


class OwnPush(SimpleTarget):
    """Push messages by somebody else."""

    name = "push"
    message = PushMessage

    async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401, ARG002
        """Send nothing."""
        return Receipt(reply="taken")


class SlowPush(PushTarget):
    """Columba's own, with less at once."""

    slots = 2


class Detour(PushTarget):
    """Columba's own messages, by another way."""

    async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401, ARG002
        """Send nothing."""
        return Receipt(reply="taken")


@renderer("order.paid", target="push")
def paid(_event: Event, _recipient: Recipient) -> PushMessage:
    """Say something."""
    return PushMessage(body="Paid")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Engine]:
    """A log that nobody reads."""
    engine = connect(f"sqlite:///{tmp_path / 'columba.db'}")
    yield engine
    engine.dispose()


def settings_of(folder: Path, **environ: str) -> Settings:
    return Settings.from_env(
        {"COLUMBA_TARGETS": "email,push", "COLUMBA_PUSH_TOKEN": "secret"} | environ, directory=folder
    )


def app_of(monkeypatch: pytest.MonkeyPatch, **marked: object) -> str:
    """Return the name of an app's module that holds these."""
    module = ModuleType("followed_app")
    for name, each in marked.items():
        setattr(module, name, each)
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return module.__name__


def test_columbas_own_push_messages_are_followed_up(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(followers(log, settings_of(tmp_path))) == 1
    app = app_of(monkeypatch, paid=paid)
    assert len(followers(log, settings_of(tmp_path, COLUMBA_APP=app))) == 1
    assert followers(log, settings_of(tmp_path, COLUMBA_TARGETS="email")) == ()


def test_expo_is_told_nothing_where_the_app_sends_push_messages_by_itself(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for own in (OwnPush, Detour):
        app = app_of(monkeypatch, own=target(own))
        assert followers(log, settings_of(tmp_path, COLUMBA_APP=app)) == ()


def test_an_apps_push_target_that_delivers_as_columbas_does_is_followed_up(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = app_of(monkeypatch, own=target(SlowPush))
    assert len(followers(log, settings_of(tmp_path, COLUMBA_APP=app))) == 1


def test_expo_is_told_nothing_where_a_package_sends_push_messages(
    log: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point = EntryPoint(name="push", value=f"{__name__}:OwnPush", group=registry.GROUP)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point] if group == registry.GROUP else [])
    assert followers(log, settings_of(tmp_path)) == ()
