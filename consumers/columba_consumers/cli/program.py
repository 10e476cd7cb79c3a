"""The `columba` command: which commands there are, and where each lives. Only the one that is run is imported."""

from difflib import get_close_matches
from importlib import import_module
from importlib.metadata import version
from typing import Any, Final

import click

from columba_consumers.cli.failure import told

COMMANDS: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "Run": {
        "up": ("up", "Run everything in one process, without a broker."),
        "work": ("work", "Deliver what is published for one or more targets."),
        "relay": ("actors:relay", "Move events from the outbox to the broker."),
        "ledger": ("actors:ledger", "Record deferred events in the log as they are published."),
        "reconcile": ("actors:reconcile", "Find what should have happened and did not, and make it happen."),
        "web": ("web", "Serve the page and the endpoint that unsubscribe links lead to."),
    },
    "Publish": {
        "enqueue": ("enqueue", "Publish one event."),
        "render": ("render", "Show the exact message that somebody would get."),
        "rehearse": ("rehearse", "Render all that is selected, and send nothing."),
    },
    "Look": {
        "list": ("listing", "List deliveries, the one that changed last first."),
        "show": ("show", "Show all about one event or one delivery."),
        "explain": ("explain", "Tell the story of one address: what it got, and what not, and why."),
        "backlog": ("backlog", "Show what waits where, how fast it goes, and what the next hour brings."),
        "health": ("health", "Say in one line whether deliveries flow; exit 1 if not."),
        "stats": ("stats", "Count what waits, what is under way and what happened."),
    },
    "Decide": {
        "hold": ("deciding:hold", "Keep deliveries from going out until somebody approves or cancels them."),
        "approve": ("deciding:approve", "Let go what is held: when it is due, or at once."),
        "cancel": ("deciding:cancel", "End deliveries that have not been handed to a provider."),
        "reschedule": ("deciding:reschedule", "Move deliveries that wait, to earlier or later; force them now."),
        "amend": ("amending", "Change what waits: an event's facts and recipients, or exact words."),
        "triage": ("triage", "Show what waits, by kind and age; drop, hold or send it by rule."),
        "brake": ("braking", "Stop what runs wild, wherever it is; let it go or cancel it later."),
        "pause": ("pausing:pause", "Stop delivering to these targets until they are resumed."),
        "resume": ("pausing:resume", "Deliver to these targets again."),
    },
    "People": {
        "forget": ("forget", "Forget one person, by all their addresses."),
        "suppress": ("suppressing:suppress", "Write to these addresses or domains no more; show the list."),
        "unsuppress": ("suppressing:unsuppress", "Take addresses or domains off that list."),
        "bounce": ("bounce", "Take in what came back: bounces and complaints."),
        "addresses": ("addresses", "Keep users' addresses, and what they do not want."),
    },
    "Mend": {
        "dead": ("dead", "Show what is dead, by its cause."),
        "settle": ("settle", "Say what became of deliveries that are in doubt."),
        "retry": ("retry", "Make what is dead, or in doubt, go again, from the log alone."),
        "reopen": ("reopen", "Let an event that is over reach newcomers."),
        "replay": ("replay", "Make what is dead go again, from the log and the broker's dead letters."),
        "purge": ("purge", "Remove what is old and settled from the log."),
    },
    "Set up": {
        "migrate": ("migrate", "Create the log's tables, or bring them up to date."),
        "import": ("importing", "Take over what another system has waiting and on record."),
        "topology": ("topology", "Show, declare or check the broker's exchanges and queues."),
        "files": ("files", "Compare what lies at destinations of files, and clean up there."),
        "templates": ("templates", "Check the templates, and keep their translations."),
        "doctor": ("doctor", "Check the settings and everything they point to."),
    },
}
"""Section, command, where it is (module, and name in it unless that is ``command``), what it does."""

_PLACES: Final = {name: place for section in COMMANDS.values() for name, (place, _) in section.items()}
_EPILOG: Final = """\
Exit status: 0 done, 1 something failed, 2 bad usage; 130 after Ctrl-C.

\b
Settings come from the environment or from columba.env; `columba doctor` lists them.
Completion: eval "$(_COLUMBA_COMPLETE=bash_source columba)"   (or zsh_source, fish_source)
"""


class Program(click.Group):
    """A group whose commands are imported when they are needed, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order of the sections."""
        del ctx
        return list(_PLACES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or return None when there is none of this name."""
        del ctx
        if cmd_name not in _PLACES:
            return None
        module, _, attribute = _PLACES[cmd_name].partition(":")
        found = getattr(import_module(f"columba_consumers.cli.{module}"), attribute or "command")
        if not isinstance(found, click.Command):
            raise TypeError(f"{_PLACES[cmd_name]} is no command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; for one that is misspelt name the one that was meant."""
        near = get_close_matches(args[0], _PLACES, n=1)
        if near and args[0] not in _PLACES and not ctx.resilient_parsing:
            ctx.fail(f"No such command {args[0]!r}. Did you mean {near[0]!r}?")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the sections without importing any command."""
        del ctx
        for title, commands in COMMANDS.items():
            with formatter.section(title):
                formatter.write_dl([(name, summary) for name, (_, summary) in commands.items()], col_spacing=3)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command's name, or print the help; a reader of it that goes away ends it quietly."""
        with told():
            return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:  # noqa: ANN401 - click's signature
        """Run the command; whatever goes wrong is told in a sentence."""
        with told():
            return super().invoke(ctx)


@click.group(
    cls=Program,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(version("columba-consumers"), message="columba %(version)s")
def program() -> None:
    """Deliver what applications have to tell people, and remember what happened to every recipient."""
