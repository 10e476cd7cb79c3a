"""What becomes of an app's notifications, row by row of what django-notification-system does (NS-…)."""

from email import message_from_bytes, policy
from typing import Any

import pytest
from columba_consumers.process.ownership import sole_owner

from tests.live.django.moving.notification_system.conftest import EVERYTHING, World
from tests.services.expo_double import token


@pytest.fixture(scope="module")
def processed(world: World) -> dict[str, Any]:
    """What the command said of all that the tests below look at: one pass for all of them."""
    call = world.call
    call("add_target", "Carrier Pigeon", "carrier_pigeon")
    call("add_user", "both", email=["both@example.org"])
    call("left_by_the_original", "both")
    call("import_own_tables")
    call("add_user", "eggs", **EVERYTHING, carrier_pigeon=["loft 7"])
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
    call("create_rows", "lost", body="crash", title="Fire", retry_time_interval=10)
    call("create_rows", "lost", body="dazed", title="Daze", retry_time_interval=10)
    call("add_user", "bad", twilio=["0660 12345678"], expo=["no token"])
    call("create_rows", "bad")
    _changed_before_it_is_due(world)
    call("add_user", "looped", email=["looped@example.org"])
    call("create_rows", "looped", in_minutes=600)
    assert call("send_by_handler", "looped") == ["Queued", "Queued"]
    call("add_user", "odd", email=["odd@example.org"])
    call("create_rows", "odd", title="Two\nlines")
    call("add_user", "tailor", email=["tailor@example.org"])
    call("create", "email", "tailor", extra={"template_name": "morning.html", "name": "Tailor"})
    call("add_user", "tidy", email=["tidy@example.org"])
    call("create_rows", "tidy")
    call("add_user", "modern", email=["modern@example.org"], expo=[token("modern")])
    call("tell", "modern", "email", "push")
    return world.process()


def _changed_before_it_is_due(world: World) -> None:
    call = world.call
    call("add_user", "later", email=["later@example.org"])
    call("create_rows", "later", in_minutes=60)
    call("add_user", "sooner", email=["sooner@example.org"])
    call("create_rows", "sooner", in_minutes=60)
    call("move", "sooner", -1)
    call("add_user", "deleted", email=["deleted@example.org"])
    call("create_rows", "deleted")
    call("delete_user", "deleted")
    call("add_user", "old", email=["old@example.org"])
    call("left_by_the_original", "old")


def test_there_are_three_targets_from_the_beginning(world: World) -> None:
    """NS-1."""
    for each in (["Email", "email"], ["Expo", "expo"], ["Twilio", "twilio"]):
        assert each in world.call("targets")


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
    assert [(each["status"], each["attempts"]) for each in found.values()] == [("RETRY", 1)] * 3
    assert 3 <= found["Test notification for lost"]["in_minutes"] <= 5
    assert 8 <= found["Fire"]["in_minutes"] <= 10
    assert 28 <= found["Daze"]["in_minutes"] <= 30


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
def test_what_was_imported_from_tables_that_stay_in_use_is_recognised(world: World) -> None:
    assert world.statuses("both") == ["DELIVERED"]
    assert len(world.mails_to("both@example.org")) == 1


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


@pytest.mark.usefixtures("processed")
def test_columbas_own_call_tells_a_user_at_every_address_by_each_target(world: World) -> None:
    """NS: asked for there, and missing: one call, several targets."""
    assert len(world.mails_to("modern@example.org")) == 1
    assert [each["title"] for each in world.expo.taken if each["to"] == token("modern")] == ["News"]


@pytest.mark.usefixtures("processed")
def test_the_admin_shows_it_all(world: World) -> None:
    """NS-83; NS-9: where somebody has an opt-out that is not active, a notification can be looked at and checked."""
    assert set(world.call("admin_pages", "loud").values()) == {200}
    assert world.call("cleaned", "eggs") == ""
    assert world.call("cleaned", "loud") == ""


@pytest.mark.usefixtures("processed")
def test_beside_columba_up_the_command_only_looks(world: World) -> None:
    with sole_owner(f"sqlite:///{world.project.folder / 'site.sqlite3'}"):
        said = world.process()
    assert said["status"] == 0
    assert "columba up is at work" in said["err"]


@pytest.mark.usefixtures("processed")
def test_of_tidying_up_nobody_is_told(world: World) -> None:
    assert world.call("tidy", "tidy") == 0
    assert world.call("notifications", "tidy") == []
