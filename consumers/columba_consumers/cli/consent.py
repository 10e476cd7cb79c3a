"""Asking before something is done that cannot be taken back."""

import sys

import click

from columba_consumers.cli.failure import BadUsage, Failure


def require_consent(question: str, *, given: bool) -> None:
    """Return once somebody agreed: by --yes, or by answering. Raises BadUsage when there is nobody to ask."""
    if given:
        return
    if not sys.stdin.isatty():
        raise BadUsage(f"{question} There is nobody to ask: add --yes, or see with --dry-run what would happen.")
    if not click.confirm(question, err=True):
        raise Failure("nothing was done")
