"""What a webhook says: by a template, or, where nobody says anything, the event itself."""

import importlib.util
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from uuid import UUID

import pytest
from columba_consumers import DigestEvent, ToldEvent, WebhookMessage
from columba_consumers.app import App
from columba_consumers.rendering import Rendering
from columba_consumers.rendering.errors import NothingToRenderWith, TemplateFailed
from columba_consumers.rendering.settings import RenderingSettings
from columba_consumers.targets import SimpleTarget
from columba_consumers.targets.chat import ChatTarget
from columba_consumers.targets.push import PushTarget
from columba_consumers.targets.sms import SmsTarget
from columba_consumers.targets.webhook import WebhookTarget
from columba_consumers.targets.webhook.event import plain_event
from columba_shared.errors import InvalidSetting
from columba_shared.event import Event, Recipient

from tests.services.target_env import env_of

AT: Final = datetime(2026, 11, 22, tzinfo=UTC)
SHOP: Final = Recipient(address="https://example.com/hooks", context={"shop": 'Tick & "Tock"'})


def event(kind: str, target: str = "webhook") -> Event:
    """Return an event of this kind."""
    return Event(id=UUID(int=1), kind=kind, target=target, to=(SHOP,), context={"number": 42}, created_at=AT)


@pytest.fixture
async def rendering(tmp_path: Path) -> AsyncIterator[Rendering]:
    """Rendering with two templates."""
    for kind, text in (
        ("order.paid", '{"nr": {{ number }}, "shop": {{ shop | tojson }}}'),
        ("order.odd", "{'nr': 1}"),
    ):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "webhook.json").write_text(text)
    parts = {"webhook": WebhookTarget.message_parts(), "sms": SmsTarget.message_parts()}
    made = Rendering(app=App.empty(), targets=parts, settings=RenderingSettings(folder=tmp_path))
    made.open()
    yield made
    await made.close()


async def test_a_template_says_json_as_it_is_written(rendering: Rendering) -> None:
    message = await rendering.render(event("order.paid"), SHOP)
    assert message == WebhookMessage(text='{"nr": 42, "shop": "Tick \\u0026 \\"Tock\\""}')
    assert await rendering.version("order.paid", "webhook") is not None


async def test_a_template_that_says_no_json_is_an_error(rendering: Rendering) -> None:
    with pytest.raises(TemplateFailed, match="text: is no JSON"):
        await rendering.render(event("order.odd"), SHOP)


async def test_where_nobody_says_anything_a_webhook_says_the_event_and_people_are_told_nothing(
    rendering: Rendering,
) -> None:
    message = await rendering.render(event("order.sent"), SHOP)
    assert message == WebhookMessage(
        body={
            "type": "order.sent",
            "id": str(UUID(int=1)),
            "timestamp": "2026-11-22T00:00:00+00:00",
            "data": {"number": 42, "shop": 'Tick & "Tock"'},
        }
    )
    assert await rendering.version("order.sent", "webhook") is None
    with pytest.raises(NothingToRenderWith):
        await rendering.render(event("order.sent", "sms"), SHOP)


def test_a_digest_says_all_its_events() -> None:
    told = ToldEvent(id=UUID(int=2), created_at=AT, context={"number": 1})
    digest = DigestEvent(id=UUID(int=1), kind="order.paid", target="webhook", created_at=AT, events=(told,))
    body = plain_event(digest, Recipient(address="https://example.com/")).body
    assert body["data"] == {
        "events": [{"id": str(UUID(int=2)), "timestamp": "2026-11-22T00:00:00+00:00", "data": {"number": 1}}]
    }


Find = Callable[[str], object]


@pytest.mark.parametrize(
    ("library", "target", "extra"),
    [
        ("aiohttp", PushTarget, "http"),
        ("aiohttp", WebhookTarget, "http"),
        ("phonenumbers", SmsTarget, "http"),
        ("apprise", ChatTarget, "chat"),
    ],
)
def test_without_its_library_a_target_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, library: str, target: type[SimpleTarget], extra: str
) -> None:
    find: Find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == library else find(name))
    told = rf"{target.name} needs pip install 'columba-consumers\[{extra}\]': {library} is not installed"
    with pytest.raises(InvalidSetting, match=told):
        target(env_of(target, {}))
