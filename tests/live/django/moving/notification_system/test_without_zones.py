"""A project with USE_TZ off: its moments have no time zone, and what Columba knows is written back as such."""

from pathlib import Path

from tests.live.django.moving.notification_system.conftest import running


def test_a_project_without_time_zones_is_served_as_any_other(tmp_path: Path) -> None:
    with running(tmp_path, SITE_WITHOUT_ZONES="yes") as world:
        for name in ("now", "busy", "later"):
            world.call("add_user", name, email=[f"{name}@example.org"])
            world.call("create_rows", name, in_minutes=60 if name == "later" else 0, retry_time_interval=30)
        world.process()
        assert len(world.mails_to("now@example.org")) == 1
        assert [*world.statuses("now"), *world.statuses("busy"), *world.statuses("later")] == [
            "DELIVERED",
            "RETRY",
            "SCHEDULED",
        ]
        (found,) = world.call("notifications", "busy")
        assert 28 <= found["in_minutes"] <= 30
