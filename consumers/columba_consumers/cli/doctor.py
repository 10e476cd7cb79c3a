"""`columba doctor`: everything that can be wrong before the first delivery, each with its fix."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import click
from columba_shared.errors import InvalidSettings
from columba_shared.settings.setting import Origin

from columba_consumers.cli.arguments import as_json
from columba_consumers.cli.checks.finding import Finding, Verdict
from columba_consumers.cli.checks.variables import Value, check_variables, own_settings, refused, values
from columba_consumers.cli.opening import settings
from columba_consumers.cli.screen import print_json, show, table, text
from columba_consumers.cli.words import counted

if TYPE_CHECKING:
    from columba_shared.settings import Settings

_STYLES = {Verdict.OK: "green", Verdict.NOTE: "yellow", Verdict.PROBLEM: "bold red"}


@click.command()
@click.option("--all", "everything", is_flag=True, help="Show also the settings that are at their defaults.")
@as_json
@click.pass_context
def command(ctx: click.Context, *, everything: bool, as_json: bool) -> None:
    """Check the settings and everything they point to; exit 1 if anything is wrong.

    Looks at the settings, this Python, the app's module and the templates, the log, the broker and every target.
    Tells what it finds, then which settings are set, and where. Sends nothing.
    """
    in_force: list[Value] = []
    try:
        read = settings()
    except InvalidSettings as error:
        findings = list(refused(error))
    else:
        own = own_settings(read)
        in_force = values(read, own)
        findings = [*check_variables(read, own), *_examine(read)]
    problems = [finding for finding in findings if finding.verdict is Verdict.PROBLEM]
    if as_json:
        print_json({"healthy": not problems, "findings": findings, "settings": in_force})
    else:
        _show(findings)
        show_settings(in_force, everything=everything)
        click.echo(f"{counted(len(problems), 'problem')}." if problems else "All is well.")
    if problems:
        ctx.exit(1)


def _examine(read: "Settings") -> Iterator[Finding]:
    from columba_consumers.cli.checks.blobs import check_blobs
    from columba_consumers.cli.checks.bounces import check_trust
    from columba_consumers.cli.checks.contract import check_contract
    from columba_consumers.cli.checks.database import check_database
    from columba_consumers.cli.checks.html import check_html
    from columba_consumers.cli.checks.interpreter import check_interpreter
    from columba_consumers.cli.checks.languages import check_languages
    from columba_consumers.cli.checks.queues import check_broker
    from columba_consumers.cli.checks.senders import check_senders
    from columba_consumers.cli.checks.signatures import check_signatures
    from columba_consumers.cli.checks.ways_out import check_targets
    from columba_consumers.cli.checks.webhooks import check_webhooks
    from columba_consumers.cli.checks.wording import check_wording

    yield from check_trust(read)
    yield from check_interpreter()
    yield from check_wording(read)
    yield from check_html(read)
    yield from check_languages(read)
    yield from check_contract(read)
    yield from check_database(read)
    yield from check_blobs(read)
    yield from check_broker(read)
    yield from check_targets(read)
    yield from check_senders(read)
    yield from check_signatures(read)
    yield from check_webhooks(read)


def _show(findings: list[Finding]) -> None:
    rows = [
        (
            text(each.verdict.value, _STYLES[each.verdict]),
            each.about,
            each.text + (f" → {each.fix}" if each.fix else ""),
        )
        for each in findings
    ]
    show(table(("", "what", "finding"), rows, folds="finding"))
    click.echo()


def show_settings(in_force: list[Value], *, everything: bool) -> None:
    """Print the settings that are set, with where each was; those at their defaults too, or how many they are."""
    shown = [each for each in in_force if everything or each.origin != Origin.DEFAULT]
    rows = [(each.name, each.value, f"{each.origin} {each.place}".strip()) for each in shown]
    if rows:
        show(table(("setting", "value", "from"), rows, folds="value"))
        click.echo()
    if at_default := len(in_force) - len(shown):
        click.echo(f"{counted(at_default, 'setting is', 'settings are')} at the default; --all shows them.")
