"""`columba import notification-system`: addresses, opt-outs, what waits and what was, each once."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.contract.cli.shell import Shell
from tests.live.django.moving.notification_system.old import Old, old_database


def _listed(shell: Shell) -> dict[str, Any]:
    lines = shell.run("list", "--json", "--all").stdout.splitlines()
    return {line["address"]: line["state"] for line in map(json.loads, lines)}


def _filled(old: Old) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    due = old.record(1, "email", "due@example.org")
    old.notification(due, "Due", "SCHEDULED")
    old.notification(old.record(2, "email", "later@example.org"), "Later", "SCHEDULED", scheduled_delivery=tomorrow)
    old.notification(old.record(3, "email", "again@example.org"), "Again", "RETRY", retry_attempts=1)
    old.notification(old.record(4, "email", "sent@example.org"), "Sent", "DELIVERED")
    old.notification(old.record(5, "email", "failed@example.org"), "Failed", "DELIVERY FAILURE", retry_attempts=3)
    old.notification(old.record(6, "email", "out@example.org"), "Out", "OPTED OUT", scheduled_delivery=tomorrow)
    old.opt_out(6)
    old.notification(old.record(7, "email", "quiet@example.org"), "Quiet", "SCHEDULED")
    old.opt_out(7)
    old.opt_out(8, active=False)
    old.notification(old.record(9, "email", "left@example.org", active=False), "Left", "SCHEDULED")
    old.record(9, "carrier_pigeon", "loft 7")
    old.record(9, "twilio", "0660 12345678")
    old.notification(due, "Odd", "LOST")
    old.notification(due, "Odd", "SCHEDULED", extra="[]")


def test_all_of_it_is_taken_over_once_and_what_waited_goes(tmp_path: Path) -> None:
    old = old_database(tmp_path / "old.sqlite3")
    _filled(old)
    shell = Shell(folder=tmp_path, settings={"COLUMBA_APP": "columba_consumers.notifications"})
    shell.run("migrate")
    command = ("import", "notification-system", "--from", old.url)
    dry = shell.run(*command, "--dry-run", status=1).stdout
    assert "notification_system_notification: 8 would be taken over" in dry
    assert _listed(shell) == {}

    ran = shell.run(*command, status=1)
    assert "notification_system_opt_out: 2 taken over, 0 there before, 0 bad." in ran.stdout
    assert "notification_system_target_user_record: 9 taken over, 0 there before, 1 bad." in ran.stdout
    assert "notification_system_notification: 8 taken over, 0 there before, 2 bad." in ran.stdout
    assert "target_user_id: " in ran.stderr
    assert "status: 'LOST' is none" in ran.stderr
    assert "extra: must be an object, not list" in ran.stderr
    assert "Pigeon is the target carrier_pigeon." in ran.stderr
    again = shell.run(*command, status=1).stdout
    assert "notification_system_notification: 0 taken over, 8 there before, 2 bad." in again

    shell.run("up", "--once", status=0)
    assert _listed(shell) == {
        "due@example.org": "sent",
        "later@example.org": "scheduled",
        "again@example.org": "sent",
        "sent@example.org": "sent",
        "failed@example.org": "dead",
        "out@example.org": "suppressed",
        "quiet@example.org": "suppressed",
        "left@example.org": "suppressed",
    }
    mails = [path.read_bytes() for path in (tmp_path / "columba-mail" / "new").iterdir()]
    assert sorted(mail.split(b"Subject: ")[1].split(b"\n")[0].strip() for mail in mails) == [b"Again", b"Due"]
    shell.run("addresses", "opt-in", "6", "--category", "notification")
    assert _listed(shell)["out@example.org"] == "suppressed"  # NS-16
