"""Several mail accounts: when one goes, its mail goes by the next, and comes back to it; nobody gets anything twice."""

import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

from columba_producer import EventRequest
from columba_shared.log.tables import attempt, delivery
from sqlalchemy import select

from tests.faults.conftest import Tell
from tests.faults.moments import busiest_second, most_within
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Mail, accepted, delivery_of, open_when_lost
from tests.system.system import TORTURE, System, scaled, until

LEAST = 0.25 if TORTURE else 0.1
"""Of a limit, however long the line is: those who were put off come again in bunches, and some lose their place.

Less where the machine is shared with other tests.
"""


@contextmanager
def accounts(system: System, *names: str, routes: str) -> Iterator[list[SmtpProcess]]:
    """Give the system a server for each of these accounts, with their options, in place of its only one."""
    with ExitStack() as stack:
        records = [system.folder / f"{name.partition('?')[0]}.jsonl" for name in names]
        servers = [stack.enter_context(smtp_process(record)) for record in records]
        given = [name.partition("?") for name in names]
        urls = "; ".join(
            f"{name}={server.url}{mark}{options}" for (name, mark, options), server in zip(given, servers, strict=True)
        )
        system.settings |= {"COLUMBA_SMTP_URL": "", "COLUMBA_SMTP_ACCOUNTS": urls, "COLUMBA_SMTP_ROUTES": routes}
        yield servers


def consume(system: System, *, processes: int) -> None:
    """Run what delivers: embedded that is one process."""
    if system.is_embedded:
        system.start("up")
        return
    system.start("reconcile")
    for _ in range(processes):
        system.start("work", "email")


def taken(servers: Sequence[SmtpProcess]) -> list[Mail]:
    """Return the mails that all of them took."""
    return [mail for server in servers for mail in accepted(server.entries())]


def test_when_an_account_goes_in_the_middle_its_mail_goes_by_the_next_and_comes_back(
    either: System, tell: Tell
) -> None:
    count = scaled(120, 20_000)
    with accounts(either, "main", "spare", routes="*=main,spare") as servers:
        main, spare = servers
        for server in servers:
            server.set_faults(Faults(delay_seconds=scaled(1, 0)))  # so that there is a middle
        addresses = either.enqueue(count)
        consume(either, processes=2)
        until(lambda: main.count().accepted >= count // 8, "some went by main")
        main.go_down()
        at_the_end = main.count().accepted
        until(lambda: spare.count().accepted >= count // 8, "main being down, some go by spare")
        main.set_faults(Faults())
        main.come_up()
        until(lambda: main.count().accepted > at_the_end, "main is back, and gets its mail again")
        either.await_states({"sent": count})
        mails, open_when_it_went = taken(servers), open_when_lost(main.entries())
        tell(f"{count:,} mails: {main.count().accepted:,} by main, {spare.count().accepted:,} by spare")
        by_spare = spare.count().accepted
    copies = Counter(mail.rcpt_to[0] for mail in mails)
    assert set(copies) == set(addresses)
    tried = either.rows(select(attempt.c.delivery_id, attempt.c.outcome, attempt.c.account))
    in_doubt = {row.delivery_id for row in tried if row.outcome == "in_doubt"}
    assert {delivery_of(mail) for mail in mails if copies[mail.rcpt_to[0]] > 1} <= in_doubt
    assert len(in_doubt) <= open_when_it_went
    assert Counter(row.account for row in tried if row.outcome == "sent")["spare"] == by_spare


def test_each_account_has_a_pace_of_its_own_that_processes_share(either: System, tell: Tell) -> None:
    limit, seconds = scaled(10, 40), scaled(4, 20)
    besides = scaled(60, 3_000)
    many = limit * (2 * seconds + 20)
    routes = "bulk.*=slow; *=quick"
    with accounts(either, f"slow?rate={limit}/s", "quick", routes=routes) as (slow, quick):
        shutil.copytree(either.folder / "templates" / "invoice.ready", either.folder / "templates" / "bulk.letter")
        with either.producer() as producer:
            producer.enqueue_many(
                EventRequest(kind="bulk.letter", to=f"bulk-{number}@example.org", context={"number": number})
                for number in range(many)
            )
        either.enqueue(besides)
        consume(either, processes=2)
        until(lambda: quick.count().accepted >= besides, "what goes by quick has gone")
        waiting = slow.count().accepted
        until(lambda: slow.count().accepted >= waiting + limit * (seconds + 1), "the time is over")
        moments = sorted(mail.time for mail in accepted(slow.entries()))
    begun = moments[waiting + limit // 2]  # before, those that come again have all of quick's in front of them
    within = [moment for moment in moments if begun <= moment < begun + seconds]
    tell(f"{limit}/s for {seconds} s: {len(within):,}; as {waiting:,} had gone, quick was through")
    assert waiting < many / 2, "quick had to wait for slow, which was published before"
    assert LEAST * limit * seconds <= len(within) <= most_within(seconds, limit)
    assert busiest_second(moments) <= most_within(1, limit)


def test_whatever_is_wrong_with_an_account_before_a_mail_its_mail_goes_by_the_next(either: System) -> None:
    """The greeting refuses, or EHLO, or there is no TLS, or MAIL FROM wants a login that a probe does not need."""
    bad = ("greeting", "hello", "tls?tls=starttls", "sender")
    with accounts(either, *bad, "good", routes="*=greeting,hello,tls,sender,good") as servers:
        greeting, hello, tls, sender, good = servers
        greeting.set_faults(Faults(rules=(Rule(phase="banner", reply="554 5.3.0 not you"),)))
        hello.set_faults(Faults(rules=(Rule(phase="ehlo", reply="421 4.3.2 closing"),)))
        tls.set_faults(Faults(hide_starttls=True))
        sender.set_faults(Faults(rules=(Rule(phase="mail", reply="530 5.7.0 log in first"),)))
        addresses = either.enqueue(30)
        consume(either, processes=1)
        either.await_states({"sent": 30})
        assert Counter(mail.rcpt_to[0] for mail in taken([good])) == Counter(addresses)
        assert taken([greeting, hello, tls, sender]) == []
    tried = either.rows(select(attempt.c.outcome, attempt.c.account))
    assert {row.account for row in tried if row.outcome == "postponed" and row.account} == {
        "greeting",
        "hello",
        "tls",
        "sender",
    }
    assert {(row.outcome, row.account) for row in tried if row.outcome != "postponed"} == {("sent", "good")}
    assert {row.attempts for row in either.rows(select(delivery.c.attempts).distinct())} == {1}


_APP = """
from columba_consumers import EmailMessage, renderer

@renderer("*", target="email")
def say(event, recipient):
    return EmailMessage(subject="s", text="t", **event.context)
"""
_SAID = {
    "named@example.org": ("invoice.ready", {"account": "third"}),
    "kind@example.org": ("news.weekly", {}),
    "sender@example.org": ("invoice.ready", {"sender": "desk@help.example.com"}),
    "other@example.org": ("invoice.ready", {}),
    "unknown@example.org": ("invoice.ready", {"account": "fourth"}),
}


def test_a_mail_goes_by_the_account_that_it_names_or_its_kind_or_its_sender_has(either: System) -> None:
    (either.folder / "app.py").write_text(_APP)
    either.settings["COLUMBA_APP"] = "app"
    with accounts(either, "first", "second", "third", routes="news.*=second,first; @example.com=third") as servers:
        with either.producer() as producer:
            for address, (kind, context) in _SAID.items():
                producer.enqueue(kind, to=address, context=context)
        consume(either, processes=1)
        either.await_states({"sent": 4, "dead": 1})
        went = [{mail.rcpt_to[0] for mail in taken([server])} for server in servers]
    assert went == [{"other@example.org"}, {"kind@example.org"}, {"named@example.org", "sender@example.org"}]
    (dead,) = either.deliveries("unknown@example.org")
    assert dead.reason == "account: there is no account 'fourth'; there are: first, second, third"


def test_of_three_accounts_two_go_and_consumers_are_killed(either: System, tell: Tell) -> None:
    count, kills = scaled(100, 10_000), scaled(2, 10)
    with accounts(either, "a", "b", "c", routes="*=a,b,c") as servers:
        addresses = either.enqueue(count)
        consumer = ("up",) if either.is_embedded else ("work", "email")
        if not either.is_embedded:
            either.start("reconcile")
        for number in range(kills):
            worker = either.start(*consumer)
            goal = min(count, len(taken(servers)) + count // (kills + 2))
            until(lambda goal=goal: len(taken(servers)) >= goal, f"{goal} have gone")  # type: ignore[misc]
            servers[number % 2].go_down()
            worker.kill()
        either.start(*consumer)
        for server in servers:
            server.come_up()
        either.await_states({"sent": count})
        mails, entries = taken(servers), [entry for server in servers for entry in server.entries()]
        tell(f"{count:,} mails by {[server.count().accepted for server in servers]}, {kills} kills")
    copies = Counter(mail.rcpt_to[0] for mail in mails)
    assert set(copies) == set(addresses)
    query = select(attempt.c.delivery_id).where(attempt.c.outcome == "in_doubt")
    in_doubt = {row.delivery_id for row in either.rows(query)}
    assert {delivery_of(mail) for mail in mails if copies[mail.rcpt_to[0]] > 1} <= in_doubt
    assert len(mails) - count <= open_when_lost(entries)
