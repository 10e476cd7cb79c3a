"""What it means that Apprise says no, where no server is needed to see it."""

from columba_consumers.errors import Permanent, Temporary
from columba_consumers.targets.chat.meaning import failure, without
from columba_consumers.targets.chat.watch import Answer, Watch

URL = "slack://sesame/open-seven/#alerts"


class Taken:
    """As requests has it."""

    status_code = 200
    text = '{"ok": false, "error": "channel_not_found"}'


def test_a_refusal_in_an_answer_that_says_200_is_one() -> None:
    found = failure(Watch(answers=[Answer(place="x", response=Taken())]), name="ops", url=URL, speaks_http=True)
    assert type(found) is Permanent
    assert "channel_not_found" in found.reply


def test_what_nobody_was_asked_for_is_refused_and_a_service_without_http_is_taken_at_its_word() -> None:
    watch = Watch(words=["No channel on sesame"])
    assert type(failure(watch, name="ops", url=URL, speaks_http=True)) is Permanent
    found = failure(watch, name="ops", url=URL, speaks_http=False)
    assert type(found) is Temporary
    assert found.reply == "Apprise could not deliver it: No channel on ***"


def test_no_part_of_a_url_is_told() -> None:
    assert without(URL, "open-seven and sesame at #alerts, said slack") == "*** and *** at #***, said slack"
