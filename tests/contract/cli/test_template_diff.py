"""What a change of templates would change in messages of the log, told before anybody gets one."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from columba_shared.log.tables import metadata
from sqlalchemy import func, select

from tests.contract.cli.past import SENT, UNWATCHED, Past
from tests.contract.cli.shell import Shell

TEXT = "invoice.ready/email.txt"


def kept_as_old(shell: Shell) -> Path:
    """Keep the templates of now as the old ones, and return those to be changed."""
    shutil.copytree(shell.folder / "templates", shell.folder / "old")
    return shell.folder / "templates" / TEXT


def diff(shell: Shell, *options: str, status: int = 0) -> dict[str, Any]:
    given = options or ("--old", "old")
    found: dict[str, Any] = shell.run("templates", "diff", "invoice.ready", *given, "--json", status=status).line
    return found


def test_messages_that_change_alike_are_told_once_with_how(shell: Shell, past: Past) -> None:
    for number in range(100, 103):
        past.had(f"bob{number}@example.org", SENT, number=number)
    kept_as_old(shell).write_text("Dear customer,\nyour invoice {{ number }} is ready.\n")
    told = diff(shell)
    assert (told["changed"], told["same"], told["breaks"]) == (3, 0, 0)
    (found,) = told["found"]
    assert found["number"] == 3
    number = found["address"].removeprefix("bob").removesuffix("@example.org")
    assert f"-Your invoice {number} is ready." in found["diff"]
    assert f"+your invoice {number} is ready." in found["diff"]


def test_nothing_is_rendered_in_a_transaction(shell: Shell, past: Past) -> None:
    shell.folder.joinpath("shop.py").write_text(UNWATCHED)
    shell.settings["COLUMBA_APP"] = "shop"
    past.many(3, SENT)
    kept_as_old(shell)
    told = diff(shell)
    assert (told["same"], told["broken"]) == (3, 0)


def test_messages_that_a_change_breaks_fail_it_with_the_reason(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    kept_as_old(shell).write_text("{% if number == 42 %}{{ coupon }}{% endif %}")
    past.had("ann@example.org", SENT, number=7)
    told = diff(shell, status=1)
    assert (told["breaks"], told["changed"]) == (1, 1)
    broken = told["found"][0]
    assert (broken["change"], broken["address"]) == ("breaks", "bob@example.org")
    assert "invoice.ready/email.txt:1: 'coupon' is undefined" in broken["reason"]
    assert (
        "Of 2 messages: 1 change, 1 break."
        in shell.run("templates", "diff", "invoice.ready", "--old", "old", status=1).stdout
    )


def test_what_failed_before_is_no_fault_of_the_change(embedded: Shell, past: Past) -> None:
    text = embedded.folder / "templates" / TEXT
    text.write_text("{{ coupon }}")
    kept_as_old(embedded)
    past.had("bob@example.org", SENT)
    assert diff(embedded)["broken"] == 1
    text.write_text("{{ number }}")
    assert diff(embedded)["mended"] == 1


def test_of_html_what_is_read_is_compared_unless_all_of_it_is_wanted(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    kept_as_old(embedded)
    html = embedded.folder / "templates/invoice.ready/email.html"
    html.write_text(html.read_text().replace("<p>", "<p style='color: red'>"))
    assert diff(embedded)["same"] == 1
    assert diff(embedded, "--old", "old", "--html")["changed"] == 1


def test_only_so_many_of_the_latest_are_compared(embedded: Shell, past: Past) -> None:
    past.many(5, SENT)
    kept_as_old(embedded)
    assert diff(embedded, "--old", "old", "--last", "2")["same"] == 2


def test_the_old_templates_may_be_those_of_a_commit(embedded: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)

    def git(*arguments: str) -> None:
        who = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false")
        subprocess.run(["git", *who, *arguments], cwd=embedded.folder, check=True, capture_output=True)  # noqa: S603, S607 - our own words

    git("init", "-q")
    git("add", "templates")
    git("commit", "-qm", "as it was")
    (embedded.folder / "templates" / TEXT).write_text("Otherwise {{ number }}.\n")
    (found,) = diff(embedded, "--old-git", "HEAD")["found"]
    assert "+Otherwise 42." in found["diff"]
    told = embedded.run("templates", "diff", "invoice.ready", "--old-git", "nowhere", status=1).stderr
    assert "--old-git: fatal" in told


@pytest.mark.parametrize("options", [(), ("--old", "old", "--old-git", "HEAD"), ("--old-git", "--output=x")])
def test_what_to_compare_with_has_to_be_said(embedded: Shell, options: tuple[str, ...]) -> None:
    kept_as_old(embedded)
    assert "--old" in embedded.run("templates", "diff", "invoice.ready", *options, status=2).stderr


def test_a_comparison_leaves_no_trace_in_the_log(shell: Shell, past: Past) -> None:
    past.had("bob@example.org", SENT)
    kept_as_old(shell).write_text("Otherwise.")

    def rows() -> dict[str, int]:
        with past.engine.connect() as connection:
            tables = metadata.sorted_tables
            return {each.name: connection.scalar(select(func.count()).select_from(each)) or 0 for each in tables}

    before = rows()
    diff(shell)
    assert rows() == before
