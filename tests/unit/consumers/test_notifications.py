"""What is made of notices, and how often one is tried."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from columba_consumers.app import load_app
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, TargetDown, Temporary
from columba_consumers.notifications import as_the_notice_says, email, push, sms
from columba_consumers.push_message import PushMessage
from columba_consumers.sms_message import SmsMessage
from columba_consumers.targets import DeliveryRef
from columba_shared.errors import InvalidEvent
from columba_shared.event import Event, Recipient
from columba_shared.notice import Notice
from columba_shared.underway import UNDERWAY

_ID = UUID(int=1)
BOB = Recipient(address="bob@example.org")


def _event(kind: str = "notification.message", **said: Any) -> Event:  # noqa: ANN401 - fields of a notice
    notice = Notice(**{"title": "Paid", "body": "<p>Order 42 is paid.</p>"} | said)
    return Event(
        id=_ID, kind=kind, target="email", to=(BOB,), context=notice.as_context(), created_at=datetime.now(UTC)
    )


def _judged(error: Exception, *, attempt: int = 1, event: Event | None = None) -> DeliveryError | None:
    UNDERWAY.set(event)
    delivery = DeliveryRef(
        id=_ID, event_id=_ID, kind="notification.message", address=BOB.address, name=None, attempt=attempt
    )
    return as_the_notice_says(error, delivery)


def test_each_channel_says_a_notice_in_its_own_way() -> None:
    event = _event(sender="shop@example.com", extra={"sound": "default", "ttl": 60, "smell": "coffee", "badge": None})
    assert email(event, BOB) == EmailMessage(subject="Paid", html="<p>Order 42 is paid.</p>", sender="shop@example.com")
    assert sms(event, BOB) == SmsMessage(text="<p>Order 42 is paid.</p>")
    assert push(event, BOB) == PushMessage(
        title="Paid", body="<p>Order 42 is paid.</p>", sound="default", ttl=timedelta(minutes=1)
    )


def test_a_push_message_is_worth_nothing_once_it_has_expired() -> None:
    assert push(_event(extra={"expiration": 1}), BOB).ttl == timedelta(0)


def test_the_module_is_an_app() -> None:
    app = load_app("columba_consumers.notifications")
    assert {target for _, target in app.renderers} == {"email", "sms", "push"} == set(app.error_policies)


def test_a_notice_says_when_it_is_tried_again_and_when_no_more() -> None:
    event = _event(attempts=2, retry_seconds=3600)
    again = _judged(Temporary("busy"), event=event)
    assert isinstance(again, Temporary)
    assert again.after == timedelta(hours=1)
    last = _judged(OSError("odd"), attempt=2, event=event)
    assert isinstance(last, Permanent)
    assert last.reply == "gave up after 2 attempts: odd"


@pytest.mark.parametrize(
    "error", [TargetDown("away"), Permanent("no"), NetworkTrouble("cut")], ids=lambda each: type(each).__name__
)
def test_what_spends_no_attempt_or_has_its_own_pause_is_what_it_is(error: DeliveryError) -> None:
    assert _judged(error, event=_event(attempts=2, retry_seconds=3600)) is None


@pytest.mark.parametrize("event", [None, _event()], ids=["nothing under way", "nothing said"])
def test_what_says_nothing_of_it_is_tried_as_the_target_is_set(event: Event | None) -> None:
    assert _judged(Temporary("busy"), attempt=7, event=event) is None


def test_events_of_others_are_left_alone() -> None:
    assert _judged(Temporary("busy"), attempt=7, event=_event(kind="invoice.ready", attempts=1)) is None


class _Marked(str):
    """As templates of Django's return them."""

    __slots__ = ()


def test_what_poses_as_a_text_is_one() -> None:
    assert Notice(title="x", body=_Marked("<p>")).as_context() == {"title": "x", "body": "<p>"}


@pytest.mark.parametrize(
    "said", [{"extra": {"a": object()}}, {"attempts": 0}, {"retry_seconds": -1}], ids=["extra", "attempts", "pause"]
)
def test_what_can_be_no_notice_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidEvent, match=r"^notice: "):
        Notice(**{"title": "x", "body": "y"} | said).as_context()
