"""A project of pigeonpost's runs on Columba, unchanged but for its settings; PP-1 and so on are what it did there."""

from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final

import pytest

from tests.contract.cli.shell import Shell
from tests.live.django.moving.pigeonpost.at_work import arrived, desk_at, played
from tests.services.smtp_control import smtp_process
from tests.services.smtp_faults import Faults, Rule

_NEWS: Final = "django.about.newsdesk.story"
_REFUSED: Final = Faults(
    rules=(
        Rule(phase="rcpt", reply="550 5.1.1 nobody", recipient="refused@"),
        Rule(phase="rcpt", reply="451 4.3.0 later", recipient="slow"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What happened at the desk, in this order, and what came of it."""

    first: dict[str, Any]
    mails: list[EmailMessage]
    second: dict[str, Any]
    later: list[EmailMessage]
    shell: Shell

    def to(self, subject: str, mails: list[EmailMessage] | None = None) -> list[str]:
        """Return who got a mail of this subject at the first pass, or among these."""
        chosen = self.mails if mails is None else mails
        return sorted(mail["X-To"].partition("@")[0] for mail in chosen if mail["Subject"] == subject)

    def mail(self, subject: str) -> EmailMessage:
        """Return the one that there is."""
        (found,) = [mail for mail in self.mails if mail["Subject"] == subject]
        return found


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    folder = tmp_path_factory.mktemp("newsdesk")
    with smtp_process(folder / "mails.jsonl", bodies=True) as server, desk_at(folder, server.url) as desk:
        server.set_faults(_REFUSED)
        scenes = (
            "warned",
            "begin",
            "queue_all",
            "roll_back",
            "queue_wrongly",
            "check_sink",
            "sink",
            "deploy",
            "attempts",
        )
        first = played(desk, *scenes)
        mails = arrived(server)
        server.set_faults(Faults())
        later = (
            "cancel_late",
            "panic",
            "save_again",
            "queue_killed",
            "take_over",
            "ask_twice",
            "queue_for_later",
            "look",
            "deploy_all",
        )
        second = played(desk, *later)
        shell = Shell(folder=folder, settings={"COLUMBA_DATABASE_URL": f"sqlite:///{folder}/project.sqlite3"})
        yield Moved(first=first, mails=mails, second=second, later=arrived(server)[len(mails) :], shell=shell)


def test_pp_20_everybody_who_is_active_gets_one(moved: Moved) -> None:
    # PP-1: nothing is rendered before; PP-34: the chief is told nothing; PP-36: what was edited meanwhile counts.
    assert moved.to("Plain & edited") == ["ann", "bob"]
    assert moved.to("Plain, not edited") == []


def test_pp_21_one_user_gets_it_even_if_inactive_and_pp_75_in_text_and_html(moved: Moved) -> None:
    assert moved.to("Both & both") == ["idle"]
    text, html = moved.mail("Both & both").iter_parts()
    assert text.get_content() == "Of Both & both, by example.com"  # differs: pigeonpost wrote &amp; into the text
    assert html.get_content() == "<p>Of Both &amp; both</p>"


def test_pp_22_a_method_names_users_and_pp_24_each_counts_once(moved: Moved) -> None:
    assert moved.to("Read") == ["ann", "bob"]


def test_pp_25_where_nobody_is_named_nobody_is_told(moved: Moved) -> None:
    assert moved.to("Unread") == []


def test_pp_7_queued_again_there_is_still_one_and_pp_8_it_may_move_to_earlier(moved: Moved) -> None:
    assert moved.to("Early") == ["ann", "bob"]


def test_pp_30_what_is_not_due_waits_and_pp_32_is_forced_out(moved: Moved) -> None:
    assert moved.to("Late") == []
    assert moved.to("Late", moved.later) == ["ann", "bob", "newcomer"]


def test_pp_7_what_is_saved_three_times_is_told_once(moved: Moved) -> None:
    assert moved.to("Saved thrice", moved.later) == ["ann", "bob", "newcomer"]


def test_pp_9_other_recipients_are_another_mail_with_a_time_of_its_own(moved: Moved) -> None:
    assert moved.to("Twofold") == ["ann"]


def test_pp_40_what_is_gone_is_on_record_and_told_to_nobody(moved: Moved) -> None:
    assert moved.to("Gone") == []
    skipped = moved.shell.run("list", "--status", "skipped", "--json").lines
    assert any("is gone" in (line["reason"] or "") for line in skipped)


def test_pp_37_whoever_cannot_be_told_holds_up_nobody(moved: Moved) -> None:
    # Differs: pigeonpost's run ended there, and so did every later one.
    assert moved.to("For one") == ["bob"]


def test_pp_35_what_is_no_mail_is_dead_and_says_why(moved: Moved) -> None:
    # Differs: pigeonpost said nothing, and took it for sent.
    (dead,) = moved.shell.run("list", "--status", "dead", "--kind", f"{_NEWS}.render_nonsense", "--json").lines
    assert "Story.render_nonsense returned str" in dead["reason"]


def test_who_else_a_mail_names_gets_it_too(moved: Moved) -> None:
    assert moved.to("Copied") == ["archive", "bob"]
    assert moved.mail("Elsewhere")["X-To"] == "bob@home.example.org"
    assert moved.to("Copied later", moved.later) == ["archive", "bob"]  # not by the dry run before


def test_pp_12_a_model_tells_of_all_and_pp_13_is_told_anew_once_it_has_been(moved: Moved) -> None:
    assert moved.mail("Circular").get_content() == "first\nsecond\n"
    assert moved.to("Circular", moved.later) == ["ann"]


def test_pp_73_a_finished_mail_goes_as_it_is(moved: Moved) -> None:
    assert moved.mail("At once").get_content() == "As it is\n"
    assert moved.mail("At once")["X-Desk"] == "news"


def test_pp_18_a_rollback_takes_it_back(moved: Moved) -> None:
    assert moved.to("Rolled back", moved.mails + moved.later) == []


def test_pp_4_pp_6_and_pp_15_what_cannot_be_is_refused_at_once(moved: Moved) -> None:
    # Differ: the types of the errors; PP-5, where zero seconds won over a time; PP-39, found once it was due.
    assert moved.first["queue_wrongly"] == [
        "two times: ValueError",
        "time, and zero: ValueError",
        "no model: TypeError",
        "not saved: TypeError",
        "no method: ValueError",
        "no user: TypeError",
    ]


def test_pp_10_an_object_is_told_of_once_and_pp_11_retry_tells_newcomers(moved: Moved) -> None:
    assert moved.second["save_again"] == [False, True, True]
    assert moved.to("Plain & edited", moved.later) == ["newcomer"]


def test_whom_pigeonpost_has_told_is_told_no_more(moved: Moved) -> None:
    assert moved.second["take_over"] == [False, True, True, True]
    assert moved.to("Told", moved.later) == ["bob"]
    assert moved.to("Waits", moved.later) == ["ann", "bob", "newcomer"]  # imported, queued again, told once


def test_an_audience_that_is_asked_again_gives_the_same_answer_and_of_two_events_one_tells(moved: Moved) -> None:
    assert moved.second["ask_twice"] == [4, 4, 4, True, True, False, 4, 3, 3, 4]


def test_pp_70_who_hears_of_a_mail_before_it_goes_may_change_it(moved: Moved) -> None:
    assert {mail["X-Desk"] for mail in moved.mails} == {"news"}


def test_pp_72_who_wants_to_hears_of_each_attempt(moved: Moved) -> None:
    told = moved.first["attempts"]
    assert ["Read", "ann@example.org", True] in told
    assert ["Refused", "refused@example.org", False] in told
    assert len([each for each in told if each[0] == "Plain & edited"]) == 2


def test_pp_83_what_waits_is_killed_and_nothing_that_comes_later(moved: Moved) -> None:
    assert moved.second["panic"] == 0
    assert [moved.to(subject, moved.later) for subject in ("Killed", "Killed at once")] == [[], []]


def test_pp_84_who_was_not_told_when_it_was_killed_may_be_told_yet(moved: Moved) -> None:
    # Differs: pigeonpost let go what was rendered. What was cancelled otherwise is told on `retry`, as PP-11 has it.
    assert [moved.to(subject) for subject in ("Killed late", "Cancelled late")] == [["bob"], ["bob"]]
    assert moved.second["queue_killed"] == [True, False, True]
    assert [moved.to(subject, moved.later) for subject in ("Killed late", "Cancelled late")] == [["slow"], ["slower"]]


def test_pp_50_a_dry_run_tells_what_would_become_of_all_and_pp_51_consumes_nothing(moved: Moved) -> None:
    assert moved.second["look"] == 0
    assert moved.to("Late", moved.later) != []


def test_a_pass_says_by_its_status_whether_all_went_well(moved: Moved) -> None:
    assert moved.first["deploy"] == 1
    assert moved.second["deploy_all"] == 0


def test_pp_53_a_sink_that_nobody_would_look_at_keeps_the_project_from_starting(moved: Moved) -> None:
    assert moved.first["check_sink"] == ["pigeonpost.E001 COLUMBA = {\"SINK_EMAIL\": 'sink@example.org'}"]


def test_commands_that_run_no_checks_write_to_the_sink(moved: Moved) -> None:
    assert moved.first["sink"] == ["sink@example.org", "2"]


def test_the_old_names_tell_the_new_ones(moved: Moved) -> None:
    assert moved.first["warned"] == ["pigeonpost.signals", "pigeonpost.utils"]
