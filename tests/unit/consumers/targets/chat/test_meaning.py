"""What it means that Apprise says no, where no server is needed to see it."""

import ssl
from socket import gaierror
from typing import Any

import pytest
from columba_consumers.errors import DeliveryError, NetworkTrouble, Permanent, TargetDown, Temporary, Unknown
from columba_consumers.targets.chat.meaning import failure, unanswered, unforeseen, without
from columba_consumers.targets.chat.watch import Answer, Watch
from requests import exceptions
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, ProtocolError, ReadTimeoutError

URL = "slack://sesame/open-seven/#alerts"


class Taken:
    """As requests has it."""

    status_code = 200
    text = '{"ok": false, "error": "channel_not_found"}'


def test_a_refusal_in_an_answer_that_says_200_is_one() -> None:
    found = failure(Watch(answers=[Answer(place="x", response=Taken())]), name="ops", url=URL, speaks_http=True)
    assert type(found) is Permanent
    assert "channel_not_found" in found.reply


class Refused:
    """The same."""

    status_code = 403
    text = "forbidden"
    headers: Any = {}  # noqa: RUF012 - as requests has it


def test_a_message_of_which_a_part_was_taken_is_in_doubt_wherever_its_parts_were_put() -> None:
    answers = [Answer(place="send/1", response=Taken()), Answer(place="send/2", response=Refused())]
    in_part = failure(Watch(answers=answers, pieces=[True, False]), name="ops", url=URL, speaks_http=True)
    assert type(in_part) is Unknown
    # A login, say, and then what it was for.
    assert type(failure(Watch(answers=answers, pieces=[False]), name="ops", url=URL, speaks_http=True)) is Permanent


def test_what_nobody_was_asked_for_is_refused_and_a_service_without_http_is_taken_at_its_word() -> None:
    watch = Watch(words=["No channel on sesame"])
    assert type(failure(watch, name="ops", url=URL, speaks_http=True)) is Permanent
    found = failure(watch, name="ops", url=URL, speaks_http=False)
    assert type(found) is Temporary
    assert found.reply == "Apprise could not deliver it: No channel on ***"


def test_no_part_of_a_url_is_told() -> None:
    assert without(URL, "open-seven and sesame at #alerts, said slack") == "*** and *** at #***, said slack"
    told = "no channel #ops for bob with pa/ss%word or ab, nor pa%2Fss%25word"
    assert without("chat://bob:pa%2Fss%25word@x/%23ops/#", told) == "no channel *** for bob with *** or ab, nor ***"
    assert without("chat://bob:ab@x/%23ops", "ab is wrong") == "*** is wrong"


def test_of_an_error_that_nobody_foresaw_only_its_name_is_told_and_what_was_asked_decides() -> None:
    def found(*answers: Answer, pieces: tuple[bool, ...] = (), http: bool = True) -> tuple[type[DeliveryError], bool]:
        watch = Watch(answers=list(answers), pieces=list(pieces))
        meant = unforeseen(KeyError("sesame"), watch, name="ops", url=URL, speaks_http=http)
        return type(meant), meant.reply.startswith("Apprise's service failed: KeyError")

    taken, refused = Answer(place="x", response=Taken()), Answer(place="x", response=Refused())
    silent = Answer(place="x", error=exceptions.ReadTimeout())
    assert found(http=False) == (Unknown, True), "nobody has listened to what it said"
    assert [found(), found(refused), found(taken), found(silent), found(silent, refused), found(pieces=(True,))] == [
        (Temporary, True),
        (Temporary, True),
        (Unknown, True),
        (Unknown, True),
        (Unknown, True),
        (Unknown, True),
    ]


NOBODY: Any = None
NO_NAME = NameResolutionError("chat.example.com", NOBODY, gaierror(-2, "Name or service not known"))
NO_NAME.__cause__ = gaierror(-2, "Name or service not known")
WRONG = ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)")
WRONG.reason = "WRONG_VERSION_NUMBER"


@pytest.mark.parametrize(
    ("error", "meant", "told"),
    [
        (
            exceptions.ConnectionError(MaxRetryError(NOBODY, "/sesame", NO_NAME)),
            TargetDown,
            "Name or service not known",
        ),
        (exceptions.ConnectTimeout(MaxRetryError(NOBODY, "/sesame", ConnectTimeoutError())), NetworkTrouble, "before"),
        (exceptions.SSLError(MaxRetryError(NOBODY, "/sesame", WRONG)), NetworkTrouble, "WRONG_VERSION_NUMBER"),
        (exceptions.InvalidURL("sesame"), NetworkTrouble, "InvalidURL"),
        (exceptions.ReadTimeout(ReadTimeoutError(NOBODY, "/sesame", "sesame")), Unknown, "after the request"),
        (exceptions.ConnectionError(ProtocolError("x", ConnectionResetError(104, "reset"))), Unknown, "reset"),
    ],
    ids=["no name", "no way", "no TLS", "no URL", "silence", "cut"],
)
def test_a_request_without_an_answer_means_this_and_its_url_is_not_told(
    error: Exception, meant: type[DeliveryError], told: str
) -> None:
    found = unanswered(error, name="ops")
    assert type(found) is meant
    assert told in found.reply
    assert "sesame" not in found.reply
