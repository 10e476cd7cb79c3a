"""`columba web`: what unsubscribe links lead to, and what providers post bounces, complaints and receipts to."""

import click

from columba_consumers.cli.failure import BadUsage, Failure
from columba_consumers.cli.opening import log_of, settings


@click.command()
def command() -> None:
    """Serve unsubscribe links, and providers' webhooks of bounces, complaints and receipts, until a signal says stop.

    Takes POST /bounces/mailgun, /bounces/sendgrid, /bounces/postmark, /bounces/ses and /bounces/relay, each only if its
    setting COLUMBA_WEBHOOK_… is set, and POST /receipts/twilio if COLUMBA_SMS_RECEIPTS is.
    Listens where COLUMBA_WEB_LISTEN says, behind a proxy that speaks TLS; any number may run at once.
    """
    from columba_consumers.bounces.posted.providers import named
    from columba_consumers.receipts.posted import readers

    read = settings()
    if read.unsubscribe_url is None and not any(named(read)) and not readers(read):
        raise BadUsage(
            "none of COLUMBA_UNSUBSCRIBE_URL, COLUMBA_WEBHOOK_… and COLUMBA_SMS_RECEIPTS is set: nothing leads here "
            "(docs/settings.md)"
        )
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
