"""An app that was written for django-notification-system, row by row of what that one does (NS-…)."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.django.moving.site import Site, SiteRaised, site
from tests.services.expo_double import Expo, token
from tests.services.http_double import http_double_apart
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Mail, accepted
from tests.services.twilio_double import ACCOUNT, TOKEN, Twilio

_SITE: Final = Path(__file__).parent / "site"
_EVERYTHING: Final = {
    "email": ["eggs@example.org"],
    "twilio": ["+4366012345678"],
    "expo": [token("eggs")],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The project, and the providers as it sees them."""

    project: Site
    smtp: SmtpProcess
    twilio: Twilio
    expo: Expo

    def call(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - as the project says it
        """Have the project do something."""
        return self.project.call(name, *arguments, **named)

    def process(self) -> dict[str, Any]:
        """Run the command that cron runs."""
        found: dict[str, Any] = self.call("command", "process_notifications")
        return found

    def mails_to(self, address: str) -> list[Mail]:
        """Return what has arrived."""
        return [mail for mail in accepted(self.smtp.entries()) if address in mail.rcpt_to]

    def statuses(self, name: str) -> list[str]:
        """Return how a user's notifications stand."""
        return [each["status"] for each in self.call("notifications", name)]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything, with what the first pass of the command has done."""
    folder = tmp_path_factory.mktemp("moving")
    twilio, expo = Twilio(), Expo(errors={token("gone"): "DeviceNotRegistered"})
    with ExitStack() as stack:
        sms = stack.enter_context(http_double_apart(twilio.answer))
        push = stack.enter_context(http_double_apart(expo.answer))
        smtp = stack.enter_context(smtp_process(folder / "mails.jsonl", bodies=True))
        smtp.set_faults(Faults(rules=(Rule(phase="rcpt", reply="451 4.3.0 not now", recipient="busy@"),)))
        settings = {
            "COLUMBA_SMTP_URL": smtp.url,
            "COLUMBA_SMS_ACCOUNT": ACCOUNT,
            "COLUMBA_SMS_TOKEN": TOKEN,
            "COLUMBA_SMS_SENDER": "+15005550006",
            "COLUMBA_SMS_URL": sms.url,
            "COLUMBA_PUSH_URL": push.url,
        }
        project = stack.enter_context(
            site(_SITE, package="django-notification-system", folder=folder, settings=settings)
        )
        yield World(project=project, smtp=smtp, twilio=twilio, expo=expo)


@pytest.fixture(scope="module")
def processed(world: World) -> dict[str, Any]:
    """What the command said of all that the tests below look at: one pass for all of them."""
    call = world.call
    call("add_target", "Carrier Pigeon", "carrier_pigeon")
    call("add_user", "eggs", **_EVERYTHING, carrier_pigeon=["loft 7"])
    call("create_rows", "eggs", extra={"sound": "default", "badge": 2, "data": {"order": 42}, "title": "unknown"})
    call("add_user", "busy", email=["busy@example.org"])
    call("create", "email", "busy", body="<p>later</p>")
    call("create", "email", "busy", title="Once", body="<p>never</p>", max_retries=1)
    call("add_user", "gone", expo=[token("gone")])
    call("create_rows", "gone")
    call("add_user", "left", email=["left@example.org"])
    call("create_rows", "left")
    call("deactivate", "left")
    call("add_user", "loud", email=["loud@example.org"])
    call("create_rows", "loud")
    call("opt_out", "loud", active=True)
    call("opt_out", "loud", active=False)
    call("add_user", "quiet", email=["quiet@example.org"])
    call("opt_out", "quiet", active=True)
    call("create_rows", "quiet")
    call("add_user", "lost", carrier_pigeon=["loft 8"])
    call("create_rows", "lost", body="lost", retry_time_interval=60)
    call("create_rows", "lost", body="crash", title="Fire")
    call("add_user", "bad", twilio=["0660 12345678"], expo=["no token"])
    call("create_rows", "bad")
    call("add_user", "later", email=["later@example.org"])
    call("create_rows", "later", in_minutes=60)
    call("add_user", "sooner", email=["sooner@example.org"])
    call("create_rows", "sooner", in_minutes=60)
    call("move", "sooner", -1)
    call("add_user", "deleted", email=["deleted@example.org"])
    call("create_rows", "deleted")
    call("delete_user", "deleted")
    call("add_user", "old", email=["old@example.org"])
    call("create_rows", "old")
    call("left_by_the_original", "old")
    call("add_user", "looped", email=["looped@example.org"])
    call("create_rows", "looped", in_minutes=600)
    assert call("send_by_handler", "looped") == ["Queued", "Queued"]
    call("add_user", "odd", email=["odd@example.org"])
    call("create_rows", "odd", title="Two\nlines")
    call("add_user", "tailor", email=["tailor@example.org"])
    call("create", "email", "tailor", extra={"template_name": "morning.html", "name": "Tailor"})
    return world.process()


def test_there_are_three_targets_from_the_beginning(world: World) -> None:
    """NS-1."""
    assert [["Email", "email"], ["Expo", "expo"], ["Twilio", "twilio"]] == [
        each for each in world.call("targets") if each[0] != "Carrier Pigeon"
    ]


@pytest.mark.usefixtures("processed")
def test_each_channel_delivers_what_is_due(world: World) -> None:
    """NS-40, NS-42, NS-65, NS-67, NS-68, NS-71; NS-48: a handler of the project's own is a target."""
    assert [(each["target"], each["status"], each["tried"]) for each in world.call("notifications", "eggs")] == [
        (each, "DELIVERED", True) for each in _names(world, "eggs")
    ]
    (mail,) = world.mails_to("eggs@example.org")
    parsed = message_from_bytes(mail.body or b"", policy=policy.default)
    assert parsed["subject"] == "Test notification for eggs"
    assert parsed["from"] == "eggs@example.com"
    html = parsed.get_body(("html",))
    text = parsed.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert "lorem ipsum" in html.get_content()
    assert "lorem ipsum" in text.get_content()
    assert [each["Body"] for each in world.twilio.messages if each["To"] == "+4366012345678"] == ["lorem ipsum"]
    (pushed,) = [each for each in world.expo.taken if each["to"] == token("eggs")]
    assert {name: pushed[name] for name in ("title", "body", "sound", "badge", "data")} == {
        "title": "Test notification for eggs",
        "body": "lorem ipsum",
        "sound": "default",
        "badge": 2,
        "data": {"order": 42},
    }


def _names(world: World, name: str) -> list[str]:
    return [each["target"] for each in world.call("notifications", name)]


def test_the_command_says_what_became_of_each_and_does_not_call_a_failure_a_success(processed: dict[str, Any]) -> None:
    """NS-42; NS-46: on the command's own output, without the body; exit status 1, where the original had 0."""
    assert "Email Successfully Sent\n*********************************" in processed["out"]
    assert "SMS Successfully sent!" in processed["out"]
    assert "Notification Successfully Pushed!" in processed["out"]
    assert "lorem ipsum" not in processed["out"]
    assert processed["status"] == 1
    assert "manage.py columba up" in processed["err"]


@pytest.mark.usefixtures("processed")
def test_what_failed_is_tried_after_its_interval_as_often_as_it_says(world: World) -> None:
    """NS-34, NS-55, NS-56, NS-66: minutes; `max_retries` counts all attempts."""
    found = {each["title"]: each for each in world.call("notifications", "busy")}
    assert (found["Hello busy"]["status"], found["Hello busy"]["attempts"]) == ("RETRY", 1)
    assert 1430 <= found["Hello busy"]["in_minutes"] <= 1441
    assert (found["Once"]["status"], found["Once"]["attempts"]) == ("DELIVERY FAILURE", 1)


@pytest.mark.usefixtures("processed")
def test_a_device_that_is_gone_is_out_of_use_at_once(world: World) -> None:
    """NS-70: and the notification says so, not on the next run only."""
    (found,) = world.call("notifications", "gone")
    assert (found["status"], found["active"]) == ("INACTIVE DEVICE", False)


@pytest.mark.usefixtures("processed")
def test_nothing_goes_to_a_record_that_is_not_active(world: World) -> None:
    """NS-41."""
    assert world.statuses("left") == ["INACTIVE DEVICE"]
    assert world.mails_to("left@example.org") == []


@pytest.mark.usefixtures("processed")
def test_what_waited_at_an_opt_out_is_never_sent(world: World) -> None:
    """NS-15, NS-16: nor after opting back in."""
    assert world.statuses("loud") == ["OPTED OUT"]
    assert world.mails_to("loud@example.org") == []


@pytest.mark.usefixtures("processed")
def test_what_is_made_for_somebody_who_has_opted_out_is_not_sent(world: World) -> None:
    """NS-18: and its row says so as soon as it is due, where the original left it SCHEDULED."""
    assert world.statuses("quiet") == ["OPTED OUT"]
    assert world.mails_to("quiet@example.org") == []


@pytest.mark.usefixtures("processed")
def test_a_handler_that_fails_costs_its_own_notification_an_attempt(world: World) -> None:
    """NS-45: the run goes on; NS-55 by `check_and_update_retry_attempts`."""
    found = {each["title"]: each for each in world.call("notifications", "lost")}
    assert [(each["status"], each["attempts"]) for each in found.values()] == [("RETRY", 1), ("RETRY", 1)]
    assert 3 <= found["Test notification for lost"]["in_minutes"] <= 5


@pytest.mark.usefixtures("processed")
def test_what_can_be_no_address_has_failed_at_once(world: World) -> None:
    """NS-69: without attempts that cannot work."""
    assert world.statuses("bad") == ["DELIVERY FAILURE", "DELIVERY FAILURE"]


@pytest.mark.usefixtures("processed")
def test_what_is_not_due_waits_and_what_is_moved_goes(world: World) -> None:
    """NS-40; moved by a queryset's `update`."""
    assert world.statuses("later") == ["SCHEDULED"]
    assert world.statuses("sooner") == ["DELIVERED"]
    assert len(world.mails_to("sooner@example.org")) == 1


@pytest.mark.usefixtures("processed")
def test_what_is_deleted_is_not_sent(world: World) -> None:
    """NS-3: a user's notifications go with the user."""
    assert world.call("notifications", "deleted") == []
    assert world.mails_to("deleted@example.org") == []


@pytest.mark.usefixtures("processed")
def test_what_the_original_has_left_is_taken_over(world: World) -> None:
    assert world.statuses("old") == ["DELIVERED"]
    assert len(world.mails_to("old@example.org")) == 1


@pytest.mark.usefixtures("processed")
def test_a_handler_that_the_app_calls_has_it_sent_now_and_once(world: World) -> None:
    """NS-72; NS-47: however often it is called."""
    assert world.statuses("looped") == ["DELIVERED"]
    assert len(world.mails_to("looped@example.org")) == 1


@pytest.mark.usefixtures("processed")
def test_a_title_with_a_line_break_holds_nobody_up(world: World) -> None:
    """NS-45: the original's run ended there, every time."""
    assert world.statuses("odd") == ["DELIVERY FAILURE"]


@pytest.mark.usefixtures("processed")
def test_a_body_may_come_from_a_template(world: World) -> None:
    """NS-31; NS-33: `extra` is kept."""
    (found,) = world.call("notifications", "tailor")
    assert found["body"] == "<p>Good morning, Tailor!</p>\n"
    assert found["extra"] == {"template_name": "morning.html", "name": "Tailor"}
    assert len(world.mails_to("tailor@example.org")) == 1


def test_a_creator_makes_one_for_each_active_address(world: World) -> None:
    """NS-4, NS-25, NS-28."""
    world.call("add_user", "twins", twilio=["+4366011111111", "+4366022222222"])
    assert world.call("create", "twilio", "twins", body="Hi", in_minutes=60, extra={"a": 1}) == ""
    made = world.call("notifications", "twins")
    assert sorted((each["to"], each["status"], each["body"]) for each in made) == [
        ("+4366011111111", "SCHEDULED", "Hi"),
        ("+4366022222222", "SCHEDULED", "Hi"),
    ]


@pytest.mark.parametrize("channel", ["email", "expo", "twilio"])
def test_a_creator_says_why_nobody_can_be_told(world: World, channel: str) -> None:
    """NS-26, NS-27, NS-19."""
    address = _EVERYTHING[channel][0]
    world.call("add_user", f"out-{channel}", **{channel: [address]})
    world.call("add_user", f"none-{channel}")
    world.call("opt_out", f"out-{channel}", active=True)
    assert world.call("create", channel, f"out-{channel}", body="x") == "UserIsOptedOut"
    assert world.call("create", channel, f"none-{channel}", body="x") == "UserHasNoTargetRecords"
    assert world.call("create", channel, f"out-{channel}", body="x", quiet=True) == ""
    assert world.call("create", channel, f"none-{channel}", body="x", quiet=True) == ""
    assert world.call("notifications", f"out-{channel}") == []
    world.call("opt_out", f"out-{channel}", active=False)
    assert world.call("create", channel, f"out-{channel}", body="x", in_minutes=60) == ""


def test_the_same_for_the_same_time_is_made_once(world: World) -> None:
    """NS-29."""
    world.call("add_user", "twice", twilio=["+4366033333333"])
    assert world.call("create_twice", "twilio", "twice") == ["second", "first"]


def test_a_mail_without_a_body_is_refused(world: World) -> None:
    """NS-31, NS-32: with a ValueError, whether or not there is an `extra`, and quiet or not."""
    world.call("add_user", "empty", email=["empty@example.org"])
    for said in ({}, {"extra": {}}, {"quiet": True}):
        assert world.call("create", "email", "empty", **said) == "ValueError"


def test_a_target_that_columba_does_not_know_is_told_when_it_is_used(world: World) -> None:
    """NS-43: the original told it on every run, and kept the notification waiting."""
    world.call("add_target", "Smoke", "smoke_signals")
    world.call("add_user", "smoker", smoke_signals=["hill 3"])
    with pytest.raises(SiteRaised, match="smoke_signals"):
        world.call("create_rows", "smoker")
    assert world.call("notifications", "smoker") == []


def test_every_user_has_a_record_for_their_email(world: World) -> None:
    """NS-80, NS-81; NS-82: what was taken out of use stays so."""
    world.call("add_user", "ann")
    world.call("set_email", "ann", "ann@example.org")
    world.call("add_user", "mute")
    said = world.call("command", "create_email_target_user_records")
    assert world.call("records", "ann") == [["ann@example.org", True, "Ann Benedict's Email"]]
    assert "mute has no email address on record." in said["out"]
    world.call("deactivate", "ann")
    world.call("command", "create_email_target_user_records")
    assert world.call("records", "ann") == [["ann@example.org", False, "Ann Benedict's Email"]]
