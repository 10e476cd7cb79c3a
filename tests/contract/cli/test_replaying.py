"""Dead letters go again if the log says so; nothing is ever in neither place."""

from datetime import timedelta

from columba_shared.log.tables import audit
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare
from sqlalchemy import select

from tests.contract.cli import letters
from tests.contract.cli.letters import DEAD, NORMAL, UNROUTED
from tests.contract.cli.past import REJECTED, SENT, Past
from tests.contract.cli.shell import Shell
from tests.system.forks import Json


def replayed(shell: Shell, *options: str, status: int = 0) -> Json:
    return shell.run("replay", "--yes", "--json", *options, status=status).line


def test_a_dead_letter_goes_again_for_its_deliverys_next_claim(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    letters.bury(on_servers, past, dead)
    done = replayed(on_servers)
    assert (done["selected"], done["reopened"], done["published"]) == (1, 1, 1)
    letters.expect(on_servers, {DEAD: 0, NORMAL: 1})
    line = on_servers.run("list", "--json").line
    assert (line["state"], line["handed_on"]) == ("scheduled", True)
    (message,) = letters.taken(on_servers, NORMAL)
    due = message.headers["columba-due"]
    assert message.headers == {"columba-claim": line["claim"], "columba-due": due, "columba-asked": due}


def test_what_is_dead_goes_again_without_a_dead_letter(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", REJECTED)
    assert replayed(shell)["reopened"] == 1
    assert shell.run("list", "--json").line["state"] == "scheduled"


def test_a_dead_letter_of_a_delivery_that_was_sent_meanwhile_is_dropped(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", SENT))
    done = replayed(on_servers)
    assert (done["reopened"], done["letters"]["email"]["stale"]) == (0, 1)
    letters.expect(on_servers, {DEAD: 0, NORMAL: 0})


def test_what_was_delivered_and_purged_does_not_go_once_more(on_servers: Shell, past: Past) -> None:
    delivered = past.had("bob@example.org", SENT, ago=timedelta(days=50))
    letters.bury(on_servers, past, delivered)
    past.grew_old([delivered], days=40)
    on_servers.run("purge", "--older-than", "30d", "--yes")
    assert on_servers.run("replay", "--dry-run", "--json").line["reopened"] == 0
    done = replayed(on_servers)
    assert (done["reopened"], done["letters"]["email"]["purged"]) == (0, 1)
    letters.expect(on_servers, {DEAD: 1, NORMAL: 0})


def test_two_dead_letters_of_one_delivery_make_one_copy(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    for _ in range(2):
        letters.bury(on_servers, past, dead)
    assert replayed(on_servers)["published"] == 1
    letters.expect(on_servers, {DEAD: 0, NORMAL: 1})


def test_a_dead_letter_that_the_log_does_not_know_is_recorded_and_goes(on_servers: Shell, past: Past) -> None:
    del past
    letters.bury_stranger(on_servers, "bob@example.org")
    done = replayed(on_servers)
    assert (done["letters"]["email"]["strangers"], done["published"]) == (1, 1)
    line = on_servers.run("list", "--json").line
    (message,) = letters.taken(on_servers, NORMAL)
    assert (line["state"], message.headers["columba-claim"]) == ("scheduled", line["claim"])


def test_a_list_that_died_is_recorded_as_a_dead_delivery_for_each_of_its_recipients(
    on_servers: Shell, past: Past
) -> None:
    letters.bury_list(on_servers, past, "bob@example.org", "eve@example.org")
    done = replayed(on_servers)
    assert (done["letters"]["email"]["strangers"], done["reopened"]) == (1, 1)
    handed_on = {line["address"]: line["handed_on"] for line in on_servers.run("list", "--json").lines}
    assert handed_on == {"bob@example.org": False, "eve@example.org": True}
    letters.expect(on_servers, {DEAD: 0, NORMAL: 1})


def test_a_dead_letter_that_cannot_be_read_stays_and_its_neighbours_go(on_servers: Shell, past: Past) -> None:
    letters.bury_rubbish(on_servers)
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    done = replayed(on_servers, status=1)
    assert done["reopened"] == 1
    assert len(done["letters"]["email"]["malformed"]) == 1
    letters.expect(on_servers, {DEAD: 1, NORMAL: 1})


def test_only_what_has_the_reason_goes(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    letters.bury(on_servers, past, past.had("amy@example.org", (*REJECTED[:2], "552 too big")))
    assert replayed(on_servers, "--reason", "Too Big")["reopened"] == 1
    letters.expect(on_servers, {DEAD: 1})


def test_only_strangers_that_are_meant_go_and_all_of_them_are_recorded(on_servers: Shell, past: Past) -> None:
    del past
    letters.bury_stranger(on_servers, "bob@example.org")
    letters.bury_stranger(on_servers, "eve@example.org")
    foreseen = on_servers.run("replay", "--to", "eve@example.org", "--dry-run", "--json").line
    done = replayed(on_servers, "--to", "eve@example.org")
    assert (foreseen["reopened"], done["reopened"]) == (1, 1)
    states = {line["address"]: line["state"] for line in on_servers.run("list", "--json").lines}
    assert states == {"bob@example.org": "dead", "eve@example.org": "scheduled"}


def test_replay_stops_at_its_limit(on_servers: Shell, past: Past) -> None:
    for name in ("bob", "amy", "eve"):
        letters.bury(on_servers, past, past.had(f"{name}@example.org", REJECTED))
    assert replayed(on_servers, "--limit", "2")["reopened"] == 2
    letters.expect(on_servers, {DEAD: 1, NORMAL: 2})


def test_a_dry_run_of_replay_changes_nothing(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    letters.bury_stranger(on_servers, "eve@example.org")
    line = on_servers.run("replay", "--dry-run", "--json").line
    assert (line["dry_run"], line["selected"], line["reopened"]) == (True, 2, 2)
    letters.expect(on_servers, {DEAD: 2, NORMAL: 0})
    assert on_servers.run("list", "--json").line["state"] == "dead"


def test_what_finds_no_queue_stays_due_in_the_log(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    letters.delete_queue(on_servers, NORMAL)
    assert "found no queue" in replayed(on_servers, status=1)["problem"]
    line = on_servers.run("list", "--json").line
    assert (line["state"], line["handed_on"]) == ("scheduled", False)


def test_a_queue_of_dead_letters_that_is_missing_is_told_and_the_log_goes_all_the_same(
    on_servers: Shell, past: Past
) -> None:
    past.had("bob@example.org", REJECTED)
    letters.delete_queue(on_servers, DEAD)
    ran = on_servers.run("replay", "--yes", status=1)
    assert "there is no queue columba.dead.email" in ran.stderr
    letters.expect(on_servers, {NORMAL: 1})


def test_an_unknown_target_is_bad_usage(shell: Shell) -> None:
    assert "there is no target 'fax'" in shell.run("replay", "--target", "fax", "--yes", status=2).stderr


def test_unrouted_messages_go_back_where_they_belong_without_the_brokers_headers(on_servers: Shell) -> None:
    letters.delete_queue(on_servers, NORMAL)
    letters.lose(on_servers, "email.normal.30", headers={"columba-claim": 4, "x-death": [{"queue": "columba.wait.30"}]})
    letters.expect(on_servers, {UNROUTED: 1})
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    assert on_servers.run("replay", "--unrouted", "--yes", "--json").line["restored"] == 1
    (message,) = letters.taken(on_servers, NORMAL)
    assert message.headers == {"columba-claim": 4}
    assert message.properties["message_id"] == "0" * 31 + "9"
    letters.expect(on_servers, {UNROUTED: 0})


def test_an_unrouted_dead_letter_goes_back_to_the_dead_letters(on_servers: Shell) -> None:
    letters.delete_queue(on_servers, DEAD)
    letters.lose(on_servers, "email.normal", exchange="columba.dead")
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    on_servers.run("replay", "--unrouted", "--yes")
    letters.expect(on_servers, {UNROUTED: 0, DEAD: 1, NORMAL: 0})


def test_what_still_finds_no_queue_stays_and_its_neighbours_go(on_servers: Shell) -> None:
    letters.lose(on_servers, "fax.normal")
    letters.lose(on_servers, "nonsense")
    letters.delete_queue(on_servers, NORMAL)
    letters.lose(on_servers, "email.normal.30")
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    done = on_servers.run("replay", "--unrouted", "--yes", "--json", status=1).line
    assert (done["restored"], done["unroutable"], done["malformed"]) == (1, 1, 1)
    letters.expect(on_servers, {UNROUTED: 2, NORMAL: 1})


def test_who_replayed_is_on_record_also_of_what_the_log_does_not_know(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    letters.bury(on_servers, past, dead)
    letters.bury_stranger(on_servers, "eve@example.org")
    replayed(on_servers, "--by", "carol", "--why", "mended")
    with past.engine.connect() as connection:
        acts = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [(act.who, act.what, act.why) for act in acts] == [("carol", "replayed", "mended")] * 2
    assert dead in {act.delivery_id for act in acts}
