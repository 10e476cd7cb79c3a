"""How a command fails: one or two plain sentences on standard error, and an exit status that scripts can trust."""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any, Final

import click
from columba_shared.errors import ColumbaError, InvalidEvent, InvalidSettings

INTERRUPTED: Final = 130
READER_GONE: Final = 141


class Failure(click.ClickException):
    """Something did not work: the text says what, and how to mend it. Exit status 1."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Write the sentences to standard error."""
        click.echo(f"columba: {self.format_message()}", file=file, err=file is None)


class BadUsage(Failure):
    """The command line asks for something that cannot be. Exit status 2."""

    exit_code = 2


@contextmanager
def told() -> Iterator[None]:
    """Turn what a command raises into sentences and an exit status; a traceback is for the level debug alone."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError as error:
        _let_go_of_output()
        raise click.exceptions.Exit(READER_GONE) from error
    except (KeyboardInterrupt, click.Abort) as error:
        click.echo(err=True)
        raise click.exceptions.Exit(INTERRUPTED) from error
    except (click.ClickException, click.exceptions.Exit):
        raise
    # Nothing above handles it, and a traceback helps nobody who runs a command; the process ends here.
    except Exception as error:
        if logging.getLogger("columba").isEnabledFor(logging.DEBUG):
            raise
        raise failure_of(error) from error


def failure_of(error: Exception) -> Failure:
    """Return the failure that tells of an error."""
    match error:
        case InvalidEvent():
            return BadUsage(str(error))
        case InvalidSettings():
            return Failure("these settings cannot be used:\n" + "\n".join(f"  {each}" for each in error.problems))
        case ColumbaError() if _is_about_the_broker(error):
            return Failure(f"COLUMBA_BROKER_URL: {_noted(error)}")
        case ColumbaError():
            return Failure(_noted(error))
        case ExceptionGroup():
            return failure_of(error.exceptions[0])
        case _:
            text = " ".join(f"{type(error).__name__}: {error}".split())
            return Failure(f"this should not have happened: {text}\nCOLUMBA_LOG_LEVEL=debug shows where.")


def _noted(error: ColumbaError) -> str:
    """Return what it says and what was noted on it, such as what did happen nevertheless."""
    return "\n".join((str(error), *getattr(error, "__notes__", ())))


def _is_about_the_broker(error: ColumbaError) -> bool:
    from columba_shared.publishing import BrokerAway

    from columba_consumers.errors import BrokerLost

    return isinstance(error, BrokerAway | BrokerLost)


def _let_go_of_output() -> None:
    """Whoever read our output has gone; what is left in the buffers must not complain when the process ends.

    Standard error goes too: where it is the same pipe, as after ``2>&1``, its reader is the same.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
    finally:
        os.close(nowhere)
