"""The exit status of one pass: nothing failed, a later run will do, or somebody has to look."""

from dataclasses import replace

import pytest
from columba_consumers.cli.once import LATER, tell
from columba_consumers.process.one_pass import Silent, Tally

FINE = Tally(
    sent=3, failed=0, retrying=0, others=2, too_many_failed=False, stopped=False, down=(), silent=(), paused=("sms",)
)


def test_the_status_says_whether_somebody_has_to_look(capsys: pytest.CaptureFixture[str]) -> None:
    for tally, status, told in (
        (FINE, 0, "sms is paused"),
        (replace(FINE, failed=2, retrying=2), LATER, "2 of these are tried again"),
        (replace(FINE, stopped=True), LATER, "stopped before it was through"),
        (replace(FINE, failed=2, retrying=1), 1, "2 failed"),
        (replace(FINE, failed=2, retrying=2, too_many_failed=True), 1, "--max-failed"),
        (replace(FINE, down=("email",), stopped=True), 1, "email is down"),
        (replace(FINE, silent=(Silent(target="files", destination="partner"),)), 1, "partner of files is down"),
    ):
        assert tell(tally, as_json=False) == status
        assert told in "".join(capsys.readouterr())
