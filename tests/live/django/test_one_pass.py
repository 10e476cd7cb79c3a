"""One pass over what a project has queued: the commands that all of the old ones come down to."""

from collections.abc import Callable

import pytest
from columba_producer.django import commanding
from columba_producer.django.about.passing import deliver_once
from columba_producer.django.one_pass import Limits, deliver
from django.test import override_settings

pytestmark = pytest.mark.usefixtures("sqlite")

_LIMITS = Limits(sent=5, failed=2, pause_seconds=0.5)


@pytest.mark.parametrize(
    ("run", "last"),
    [
        (deliver, "work --once"),
        (lambda: deliver("files"), "work files --once"),
        (lambda: deliver("email", limits=_LIMITS), "work email --once --max-sent 5 --max-failed 2 --pause 0.5s"),
        (deliver_once, "work email --once"),
    ],
    ids=["all", "files", "bounded", "about objects"],
)
def test_with_a_broker_the_outbox_is_emptied_first(
    monkeypatch: pytest.MonkeyPatch, run: Callable[[], None], last: str
) -> None:
    ran: list[str] = []
    monkeypatch.setattr(commanding, "run", lambda *words: ran.append(" ".join(words)))
    with override_settings(COLUMBA={"BROKER_URL": "amqp://nobody.example"}):
        run()
    assert ran == ["relay --once", last]
    ran.clear()
    with override_settings(COLUMBA={}):
        run()
    assert ran == [f"up --once{last.partition('--once')[2]}"]
