"""What an app's calls do before anything is delivered, row by row of what django-notification-system does (NS-…)."""

from pathlib import Path
from typing import Any

import pytest

from tests.live.django.moving.notification_system.conftest import EVERYTHING, World
from tests.live.django.moving.site import SiteRaised


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
    address = EVERYTHING[channel][0]
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
    nothings: list[dict[str, Any]] = [{}, {"extra": {}}, {"quiet": True}]
    for said in nothings:
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


def test_everybody_is_who_has_an_email(world: World) -> None:
    world.call("add_user", "zoe")
    world.call("set_email", "zoe", "zoe@example.org")
    assert ["Zoe Benedict", "zoe@example.org"] in world.call("users")


def test_nothing_is_wrong_with_the_project(world: World) -> None:
    """NS-D1, NS-D2; its tables are what the models say."""
    assert world.call("problems") == ["No changes detected"]


def test_a_handler_in_the_place_of_a_built_in_one_is_a_target_beside_it(world: World, tmp_path: Path) -> None:
    """NS-48: mails that are none of these go on by `email`."""
    (tmp_path / "email.py").touch()
    assert world.call("target_with_handler", "email", str(tmp_path)) == "handler-email"
    assert world.call("target_with_handler", "expo", str(tmp_path)) == "push"


def test_columba_knows_of_an_opt_out_until_it_is_over_and_when_its_user_goes(world: World) -> None:
    """NS-15, NS-17: for notifications alone; NS-3."""
    world.call("add_user", "leaver")
    key = world.call("key_of", "leaver")
    for way in ({}, {"by_update": True}):
        world.call("opt_out", "leaver", active=True, **way)
        assert world.call("opt_outs", key) == ["notification"]
        world.call("opt_out", "leaver", active=False, **way)
        assert world.call("opt_outs", key) == []
    world.call("opt_out", "leaver", active=True)
    world.call("forgive", "leaver")
    assert world.call("opt_outs", key) == []
    world.call("opt_out", "leaver", active=True)
    world.call("delete_user", "leaver")
    assert world.call("opt_outs", key) == ["notification"]


@pytest.mark.parametrize(
    ("numbers", "after"),
    [
        ({"max_retries": 3}, [["RETRY", 1], ["RETRY", 2], ["DELIVERY FAILURE", 3], ["DELIVERY FAILURE", 3]]),
        ({"max_retries": 0}, [["DELIVERY FAILURE", 1]]),
        ({"max_retries": 2, "retry_attempts": 5}, [["DELIVERY FAILURE", 6]]),
    ],
    ids=["three", "none", "fewer than there were"],
)
def test_the_last_attempt_is_the_last(world: World, numbers: dict[str, int], after: list[list[Any]]) -> None:
    """NS-55, NS-56, NS-59; NS-57 and NS-58: nothing is tried for ever."""
    name = f"failing-{numbers['max_retries']}"
    world.call("add_user", name, email=["failing@example.org"])
    assert world.call("fail", name, times=len(after), **numbers) == after


def test_the_models_refuse_what_they_refused(world: World) -> None:
    """NS-2, NS-3, NS-4, NS-6, NS-7, NS-84."""
    world.call("add_user", "strict", email=["strict@example.org"])
    assert world.call("refused", "strict") == [
        "ProtectedError",
        "IntegrityError",
        "IntegrityError",
        "IntegrityError",
        "ValidationError",
        "ValidationError",
        "ValidationError",
        "ValidationError",
        "ValidationError",
        "UserIsOptedOut",
        "ValidationError",
    ]
