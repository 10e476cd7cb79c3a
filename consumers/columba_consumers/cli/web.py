"""`columba web`: the endpoint that unsubscribe links lead to."""

import click

from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import log_of, settings


@click.command()
def command() -> None:
    """Serve the page and the endpoint of unsubscribe links, until a signal asks to stop.

    Listens where COLUMBA_WEB_LISTEN says, behind a proxy that speaks TLS; any number may run at once.
    """
    read = settings()
    if read.unsubscribe_url is None:
        raise BadUsage("COLUMBA_UNSUBSCRIBE_URL is not set: no mail has links that lead here")
    try:
        from columba_consumers.process.web import web
    except ModuleNotFoundError as error:
        raise Failure(f"`columba web` needs {error.name}: install columba-consumers[web]") from error
    from columba_consumers.process.loop import run

    with log_of(read) as engine:
        try:
            run(web(read, engine))
        except OSError as error:
            raise Failure(f"COLUMBA_WEB_LISTEN {read.web_listen}: {error.strerror}") from error
