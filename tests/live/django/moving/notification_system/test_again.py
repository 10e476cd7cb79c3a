"""What was delivered and told once more before its row says so: it is not told twice."""

from contextlib import AbstractContextManager

from columba_consumers.process.ownership import sole_owner

from tests.live.django.moving.notification_system.conftest import World


def test_what_was_delivered_is_not_sent_again_while_its_row_does_not_say_so_yet(world: World) -> None:
    names = ("hasty", "edited", "leaving")
    for name in names:
        world.call("add_user", name, email=[f"{name}@example.org"])
        world.call("create_rows", name)
    world.call("deliver")
    assert world.call("send_once_more", "hasty") == ["Not sent: it is DELIVERED"]
    world.call("save_once_more", "edited")
    world.call("opt_out_and_in", "leaving")
    assert [world.statuses(name) for name in names] == [["DELIVERED"]] * 3
    world.call("deliver")
    assert [len(world.mails_to(f"{name}@example.org")) for name in names] == [1, 1, 1]
    world.call("update_once_more", "edited")
    world.call("deliver")
    assert len(world.mails_to("edited@example.org")) == 2, "SCHEDULED after the row said DELIVERED: meant to be sent"


def test_of_rows_that_a_bulk_create_leaves_out_nobody_is_told(world: World) -> None:
    world.call("add_user", "bulk", email=["bulk@example.org"])
    world.call("create_rows", "bulk")
    world.call("create_with_conflict", "bulk")
    world.call("deliver")
    assert len(world.mails_to("bulk@example.org")) == 2


def test_an_opt_out_ends_what_waits_whatever_call_it_came_by(world: World) -> None:
    """NS-15 to NS-18, NS-41: consumers look at the rows, whatever the log knows, and the next pass tells it."""
    names = ("leaves", "left-too")
    for name in names:
        world.call("add_user", name, email=[f"{name}@example.org"])
        world.call("create_rows", name)
    world.call("opt_out_in_bulk", *names)
    assert [world.statuses(name) for name in names] == [["OPTED OUT"]] * 2
    key = _unheard_by_the_log(world)
    world.call("deliver")
    assert [world.mails_to(f"{name}@example.org") for name in (*names, "unheard", "unused")] == [[]] * 4
    assert world.call("opt_outs", key) == []
    with _beside_columba_up(world):
        world.process()
    assert world.statuses("unheard") == ["OPTED OUT", "OPTED OUT"]
    assert world.statuses("unused") == ["INACTIVE DEVICE"]
    assert world.call("opt_outs", key) == ["notification"]


def test_who_opts_in_while_the_log_is_told_of_the_opt_out_is_not_opted_out_for_good(world: World) -> None:
    world.call("add_user", "hesitant")
    key = world.call("key_of", "hesitant")
    world.call("opt_out_unheard", "hesitant")
    for question in (1, 2):
        world.call("opt_in_unheard", "hesitant", question)
        assert world.call("opt_outs", key) == []
        world.call("opt_out_unheard_again", "hesitant")


def test_while_the_tables_cannot_be_asked_it_waits_and_nothing_is_spent(world: World) -> None:
    world.call("add_user", "patient")
    said = world.call("ask_without_table", "patient")
    assert said.startswith("Throttled: the project's tables do not say whether it is wanted: no such table")


def _unheard_by_the_log(world: World) -> object:
    """Have an opt-out, and an address out of use, as they are when the log was away; return the user's key."""
    for name in ("unheard", "unused"):
        world.call("add_user", name, email=[f"{name}@example.org"])
        world.call("create_rows", name)
    world.call("tell", "unheard", "email")
    world.call("opt_out_unheard", "unheard")
    world.call("create_rows", "unheard", title="Made afterwards")
    world.call("take_out_of_use_unheard", "unused")
    return world.call("key_of", "unheard")


def _beside_columba_up(world: World) -> AbstractContextManager[None]:
    return sole_owner(f"sqlite:///{world.project.folder / 'site.sqlite3'}")


def test_an_address_that_an_update_replaces_leaves_the_book_and_gets_nothing_that_waits(world: World) -> None:
    world.call("add_user", "mover", email=["old-home@example.org"])
    world.call("create_rows", "mover")
    assert world.call("move_out", "mover", "new-home@example.org") == ["new-home@example.org"]
    world.call("deliver")
    assert [len(world.mails_to(f"{each}-home@example.org")) for each in ("old", "new")] == [0, 1]


def test_the_exit_status_is_about_what_columba_up_has_tried_as_well(world: World) -> None:
    """For good goes before again."""
    for name, later in (("slow", 3), ("failing", 1)):
        world.call("add_user", name, email=[f"busy@{name}.example.org"])
        world.call("create_rows", name, max_retries=later, retry_time_interval=60)
        world.call("create_rows", name, title="Once more", max_retries=3, retry_time_interval=60)
    world.call("try_to_deliver")
    with _beside_columba_up(world):
        for minutes, status in ((60, 75), (-1, 1)):
            world.call("put_off_unheard", "failing", minutes)
            assert world.process()["status"] == status
    assert sorted(world.statuses("failing")) == ["DELIVERY FAILURE", "RETRY"]
