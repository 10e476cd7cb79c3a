"""The command line: `columba --help`."""

from columba_consumers.cli.program import program


def main() -> None:
    """Run the command that the process was started with, and exit with its status."""
    program(prog_name="columba")
