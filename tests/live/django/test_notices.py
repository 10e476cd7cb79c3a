"""Notices of a project: what is queued of them, and where the log is that tells what became of them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path

import pytest
from columba_producer import Recipient
from columba_producer.django.log import address_book, outcomes, suppression_list
from columba_producer.django.notifications import notify
from columba_producer.user import User
from columba_shared.errors import InvalidEvent, InvalidSetting
from django.db import transaction
from django.test import override_settings
from django.utils.safestring import mark_safe

from tests.contract.cli.shell import Shell
from tests.live.django.conftest import Queued

pytestmark = pytest.mark.usefixtures("sqlite")


def test_a_notice_is_queued_for_each_target_with_what_commits(queued: Queued) -> None:
    with override_settings(COLUMBA={"TARGETS": "email,push"}):
        with transaction.atomic():
            notify(User("42"), "Lost", "x")
            transaction.set_rollback(True)
        body = mark_safe("<p>Order 42 is paid.</p>")
        retry = timedelta(hours=1)
        notify([User("42")], "Paid", body, target=("email", "push"), extra={"badge": 1}, attempts=3, retry_after=retry)
    mail, push = queued()
    assert (mail.target, push.target) == ("email", "push")
    assert mail.kind == "notification.message"
    assert [each.user for each in mail.to] == ["42"]
    assert mail.context == {
        "title": "Paid",
        "body": "<p>Order 42 is paid.</p>",
        "extra": {"badge": 1},
        "attempts": 3,
        "retry_seconds": 3600,
    }


def test_a_notice_has_a_kind_of_notices(queued: Queued) -> None:
    with pytest.raises(InvalidEvent, match=r"^kind: 'invoice.ready' must begin with notification\.,"):
        notify(Recipient(address="bob@example.org"), "Paid", "x", kind="invoice.ready")
    assert queued() == []


@pytest.mark.parametrize(
    "lent", [address_book, outcomes, suppression_list], ids=["address book", "outcomes", "suppression list"]
)
def test_with_a_broker_somebody_has_to_say_where_the_log_is(lent: Callable[[], AbstractContextManager[object]]) -> None:
    named = pytest.raises(InvalidSetting, match=r"^COLUMBA\['DATABASE_URL'\]: is needed here")
    with override_settings(COLUMBA={"BROKER_URL": "amqp://nobody.example"}), named, lent():
        pass


def test_the_suppression_list_is_lent_and_nothing_stays_open(sqlite: Path) -> None:
    def open_files() -> int:
        return sum(each.readlink() == sqlite for each in Path("/proc/self/fd").iterdir() if each.is_symlink())

    Shell(folder=sqlite.parent, settings={"COLUMBA_DATABASE_URL": f"sqlite:///{sqlite}"}).run("migrate")
    before = open_files()
    with suppression_list() as lent:
        lent.suppress("Bob@example.org", target="email")
    with suppression_list() as lent:
        assert [each.address for each in lent.matching("bob@example.org")] == ["bob@example.org"]
        assert open_files() > before
    assert open_files() == before
