"""What doctor, stats, health and explain tell of several mail accounts."""

from datetime import timedelta
from uuid import UUID

from columba_shared.log import destinations, leases
from columba_shared.log.tables import attempt
from sqlalchemy import update

from tests.contract.cli.past import SENT, Past
from tests.contract.cli.shell import Shell
from tests.services.smtp_control import smtp_process

_PLACE = "account shop at 127.0.0.1:1"


def test_doctor_tries_every_account_and_names_those_that_nothing_leads_to(shell: Shell) -> None:
    with smtp_process(shell.folder / "mails.jsonl") as server:
        shell.settings["COLUMBA_SMTP_ACCOUNTS"] = (
            f"main={server.url}; news=smtp://shop:hunter2@127.0.0.1:1; spare=smtp://127.0.0.1:2"
        )
        shell.settings["COLUMBA_SMTP_ROUTES"] = "news.*=news"
        ran = shell.run("doctor", "--json", status=1)
    found = [each for each in ran.line["findings"] if each["about"] == "email"]
    assert [(each["verdict"], each["text"].split(":")[0]) for each in found] == [
        ("ok", "account main"),
        ("problem", "account news"),
        ("problem", "account spare"),
        ("note", "account spare"),
    ]
    assert found[1]["fix"] == "mend account news in COLUMBA_SMTP_ACCOUNTS, or what it names"
    assert "hunter2" not in ran.stdout


def test_two_accounts_that_are_one_are_told(embedded: Shell) -> None:
    embedded.settings["COLUMBA_SMTP_ACCOUNTS"] = "a=smtp://127.0.0.1:1; b=smtp://127.0.0.1:1"
    ran = embedded.run("doctor", status=1)
    assert "COLUMBA_SMTP_ACCOUNTS: a and b are the same user on the same server" in ran.stdout
    assert ran.stdout.index("1 problem.") > ran.stdout.index("environment") > ran.stdout.index("a and b are the same")


def test_stats_has_a_row_for_each_account(shell: Shell, past: Past) -> None:
    shell.settings["COLUMBA_SMTP_ACCOUNTS"] = (
        "main=smtp://shop:hunter2@127.0.0.1:1?rate=5/s; news=smtp://127.0.0.1:2?connections=3; spare=smtp://127.0.0.1:3"
    )
    sent = past.had("bob@example.org", SENT, ago=timedelta(seconds=10))
    engine = shell.log()
    leases.register(engine, UUID(int=1), role="work email")
    with engine.begin() as connection:
        connection.execute(update(attempt).where(attempt.c.delivery_id == sent).values(account="main"))
        destinations.down(connection, "email", reply="refused", process_id=UUID(int=1), name=_PLACE)
        destinations.change(
            connection,
            "email",
            "account 127.0.0.1:2",
            lambda flow, now: flow.throttled(now, after=timedelta(hours=1), observed=8, reply="454 4.7.0 enough"),
        )
    engine.dispose()
    ran = shell.run("stats", "--json")
    main, news, spare = ran.line["accounts"]
    assert (main["state"], main["sent"], main["a_second"], main["login"]) == ("down", 1, 5, "shop at 127.0.0.1:1")
    assert (news["state"], news["connections"], news["reply"]) == ("shut", 3, "454 4.7.0 enough")
    assert (spare["state"], spare["sent"], spare["a_second"]) == ("open", 0, None)
    told = shell.run("stats")
    assert "email by account shop at 127.0.0.1:1 has been down for" in told.stderr
    assert "down for" in told.stdout
    assert "hunter2" not in ran.stdout + told.stdout + told.stderr
    assert f"{_PLACE} has been down for" in str(shell.run("health", "--json").line["findings"])
    assert "attempt 1, account main: sent" in shell.run("explain", "bob@example.org").stdout
