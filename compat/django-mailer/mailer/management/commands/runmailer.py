"""`manage.py runmailer`: deliver what is queued, as it comes, until a signal asks to stop."""

import argparse
from typing import Any

from columba_producer.django.one_pass import serve
from django.core.management.base import BaseCommand

from mailer.engine import limits, send_all


class Command(BaseCommand):
    """Becomes Columba: it gets the signals, and its exit status is this one's."""

    help = "Deliver what is queued, as it comes. From now on: manage.py columba up (with RabbitMQ: columba work)"

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        """Take the option of the original, and one for a pass that ends."""
        parser.add_argument("--debug", action="store_true", help="tell more of what is done")
        parser.add_argument("--once", action="store_true", help="deliver what there is now, and end")

    def handle(self, *, debug: bool = False, once: bool = False, **_: Any) -> None:
        """Deliver; raises CommandError with Columba's exit status."""
        self.stderr.write("runmailer: from now on `manage.py columba up`")
        if once:
            send_all()
        else:
            serve(limits(), more={"COLUMBA_LOG_LEVEL": "debug"} if debug else None)
