"""Dead letters go again if the log says so; nothing is ever in neither place."""

from columba_shared.log.tables import audit
from columba_shared.publishing.connection import Access
from columba_shared.topology import Plan
from columba_shared.topology.declare import declare, depths
from sqlalchemy import select

from tests.contract.cli import letters
from tests.contract.cli.letters import DEAD, NORMAL, UNROUTED
from tests.contract.cli.past import REJECTED, SENT, Past
from tests.contract.cli.shell import Shell


def waiting(shell: Shell, *queues: str) -> tuple[int | None, ...]:
    found = depths(queues, Access.to(shell.broker_url))
    return tuple(found[name] for name in queues)


def replayed(shell: Shell, *options: str, status: int = 0) -> dict[str, object]:
    line = shell.run("replay", "--yes", "--json", *options, status=status).line
    found: dict[str, object] = line["targets"]["email"]
    return found


def test_a_dead_letter_goes_again_for_its_deliverys_next_claim(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    letters.bury(on_servers, past, dead)
    assert replayed(on_servers)["replayed"] == 1
    assert waiting(on_servers, DEAD, NORMAL) == (0, 1)
    line = on_servers.run("list", "--json").line
    assert (line["state"], line["handed_on"]) == ("scheduled", True)
    (message,) = letters.taken(on_servers, NORMAL)
    due = message.headers["columba-due"]
    assert message.headers == {"columba-claim": line["claim"], "columba-due": due, "columba-asked": due}


def test_a_dead_letter_of_a_delivery_that_was_sent_meanwhile_is_dropped(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", SENT))
    done = replayed(on_servers)
    assert (done["replayed"], done["dropped"]) == (0, {"sent": 1})
    assert waiting(on_servers, DEAD, NORMAL) == (0, 0)


def test_two_dead_letters_of_one_delivery_make_one_copy(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    for _ in range(2):
        letters.bury(on_servers, past, dead)
    replayed(on_servers)
    assert waiting(on_servers, DEAD)[0] == 0
    claims = {message.headers["columba-claim"] for message in letters.taken(on_servers, NORMAL)}
    assert claims == {2}


def test_a_dead_letter_that_the_log_does_not_know_goes_as_if_new(on_servers: Shell) -> None:
    letters.bury_stranger(on_servers, "bob@example.org")
    assert replayed(on_servers)["recorded"] == 1
    (message,) = letters.taken(on_servers, NORMAL)
    assert message.headers.keys() == {"columba-claim", "columba-asked"}
    assert message.headers["columba-claim"] == 0


def test_the_copy_of_a_replayed_list_stands_for_none_of_its_recipients(on_servers: Shell, past: Past) -> None:
    letters.bury_list(on_servers, past, "bob@example.org", "eve@example.org")
    assert replayed(on_servers)["recorded"] == 1
    assert on_servers.run("list", "--json").line["handed_on"] is False


def test_a_dead_letter_that_cannot_be_read_stays_and_its_neighbours_go(on_servers: Shell, past: Past) -> None:
    letters.bury_rubbish(on_servers)
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    done = replayed(on_servers, status=1)
    assert done["replayed"] == 1
    assert len(done["malformed"]) == 1  # type: ignore[arg-type]
    assert waiting(on_servers, DEAD, NORMAL) == (1, 1)


def test_only_dead_letters_with_the_reason_go(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED), reason="550 no such user")
    letters.bury(on_servers, past, past.had("amy@example.org", REJECTED), reason="552 too big")
    done = replayed(on_servers, "--reason", "Too Big")
    assert (done["replayed"], done["left"]) == (1, 1)
    assert waiting(on_servers, DEAD) == (1,)


def test_replay_stops_at_its_limit(on_servers: Shell, past: Past) -> None:
    for name in ("bob", "amy", "eve"):
        letters.bury(on_servers, past, past.had(f"{name}@example.org", REJECTED))
    assert replayed(on_servers, "--limit", "2")["left"] == 1
    assert waiting(on_servers, DEAD, NORMAL) == (1, 2)


def test_a_dry_run_of_replay_changes_nothing(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    line = on_servers.run("replay", "--dry-run", "--json").line
    assert line["targets"]["email"]["replayed"] == 1
    assert waiting(on_servers, DEAD, NORMAL) == (1, 0)
    assert on_servers.run("list", "--json").line["state"] == "dead"


def test_a_dead_letter_whose_queue_is_gone_stays_a_dead_letter(on_servers: Shell, past: Past) -> None:
    letters.bury(on_servers, past, past.had("bob@example.org", REJECTED))
    letters.delete_queue(on_servers, NORMAL)
    assert "no queue takes" in str(replayed(on_servers, status=1)["problem"])
    assert waiting(on_servers, DEAD) == (1,)


def test_an_unknown_target_is_told_and_fails(on_servers: Shell) -> None:
    ran = on_servers.run("replay", "--target", "fax", "--yes", status=1)
    assert "there is no queue columba.dead.fax" in ran.stderr


def test_unrouted_messages_go_back_where_they_belong_without_the_brokers_headers(on_servers: Shell) -> None:
    letters.delete_queue(on_servers, NORMAL)
    letters.lose(on_servers, "email.normal.30", headers={"columba-claim": 4, "x-death": [{"queue": "columba.wait.30"}]})
    assert waiting(on_servers, UNROUTED) == (1,)
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    assert on_servers.run("replay", "--unrouted", "--yes", "--json").line["restored"] == 1
    (message,) = letters.taken(on_servers, NORMAL)
    assert message.headers == {"columba-claim": 4}
    assert message.properties["message_id"] == "0" * 31 + "9"
    assert waiting(on_servers, UNROUTED) == (0,)


def test_an_unrouted_dead_letter_goes_back_to_the_dead_letters(on_servers: Shell) -> None:
    letters.delete_queue(on_servers, DEAD)
    letters.lose(on_servers, "email.normal", exchange="columba.dead")
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    on_servers.run("replay", "--unrouted", "--yes")
    assert waiting(on_servers, UNROUTED, DEAD, NORMAL) == (0, 1, 0)


def test_what_still_finds_no_queue_stays_and_its_neighbours_go(on_servers: Shell) -> None:
    letters.lose(on_servers, "fax.normal")
    letters.lose(on_servers, "nonsense")
    letters.delete_queue(on_servers, NORMAL)
    letters.lose(on_servers, "email.normal.30")
    declare(Plan.for_targets(("email",)), Access.to(on_servers.broker_url))
    done = on_servers.run("replay", "--unrouted", "--yes", "--json", status=1).line
    assert (done["restored"], done["unroutable"], done["malformed"]) == (1, 1, 1)
    assert waiting(on_servers, UNROUTED, NORMAL) == (2, 1)


def test_who_replayed_is_on_record_also_of_what_the_log_does_not_know(on_servers: Shell, past: Past) -> None:
    dead = past.had("bob@example.org", REJECTED)
    letters.bury(on_servers, past, dead)
    letters.bury_stranger(on_servers, "eve@example.org")
    replayed(on_servers, "--by", "carol", "--why", "mended")
    with past.engine.connect() as connection:
        acts = connection.execute(select(audit).order_by(audit.c.id)).all()
    assert [(act.who, act.what, act.why) for act in acts] == [("carol", "replayed", "mended")] * 2
    assert acts[0].delivery_id == dead
