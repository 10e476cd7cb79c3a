"""The main job in under a minute, with no server: a small shop tells its customers things.

`columba up` runs in one process, this program enqueues from another, and both meet in one SQLite file.
"""

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from columba_producer import Producer, Recipient

HERE: Final = Path(__file__).parent
PATIENCE_SECONDS: Final = 45
ADA: Final = Recipient(address="ada@example.org", name="Ada")
GRACE: Final = Recipient(address="grace@example.org", name="Grace")


def main() -> None:
    """Run the story from an empty folder to the log as a table."""
    folder = HERE.parent.parent / ".demo"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(HERE / "templates", folder / "templates")
    shop = Shop(folder)
    with shop.running():
        shop.tell_the_story()
    shop.show_the_log()


class Shop:
    """The shop's folder, its environment and what happens in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        others = {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}
        self.environment = others | {
            "COLUMBA_DATABASE_URL": f"sqlite:///{folder / 'columba.db'}",
            "COLUMBA_BROKER_URL": "memory://",
            "COLUMBA_APP": "shop",
            "COLUMBA_TEMPLATES": str(folder / "templates"),
            "COLUMBA_MAILDIR": str(folder / "mail"),
            "COLUMBA_MAIL_FROM": "The Dovecote <shop@example.org>",
            "COLUMBA_RETRY_FIRST": "1",
            "COLUMBA_LOG_LEVEL": "warning",
            "PYTHONPATH": str(HERE),
            "SHOP_DESK": str(folder),
        }

    @contextmanager
    def running(self) -> Iterator[None]:
        """Keep `columba up` running in a process of its own."""
        tell("columba up: relay, reconciler and consumers in one process, one SQLite file")
        with (self.folder / "up.log").open("w") as log:
            command = [*COLUMBA, "up"]
            process = subprocess.Popen(command, env=self.environment, cwd=self.folder, stderr=log, stdout=log)  # noqa: S603 - ourselves
            try:
                self.wait_until("columba up is ready", lambda: self.columba("migrate", "--check").returncode == 0)
                yield
            finally:
                process.terminate()
                process.wait(timeout=PATIENCE_SECONDS)

    def tell_the_story(self) -> None:
        """Enqueue what a shop has to say, and mend what goes wrong on the way."""
        with Producer(self.environment["COLUMBA_DATABASE_URL"], name="shop") as columba:
            tell("an order: text and HTML from templates")
            items = [{"name": "Seed mix", "count": 2}, {"name": "Message tube", "count": 12}]
            columba.enqueue("order.confirmed", to=ADA, context={"number": 1001, "items": items})

            tell("its parcel, deferred by three seconds")
            parcel = {"number": 1001, "carrier": "Carrier & Pigeon"}
            columba.enqueue("order.shipped", to=ADA, context=parcel, defer_for=timedelta(seconds=3))

            tell("an invoice that is not written yet: the renderer fails, and is tried again")
            invoice = columba.enqueue("invoice.ready", to=GRACE, context={"number": 42})

            tell("a reminder to somebody who has bought meanwhile: there is nothing to say")
            columba.enqueue("basket.abandoned", to=GRACE, context={"bought": True})

            tell("a newsletter to an audience, with a misspelt variable in its template")
            weekly = {"headline": "Doves at noon", "story": "They came back, all of them."}
            newsletter = columba.enqueue("newsletter.weekly", audience="subscribers", lane="bulk", context=weekly)

        self.wait_until("the invoice has failed once", lambda: self.states(invoice) == ["retrying"])
        (self.folder / "invoice-42.txt").write_text("87.50 EUR")
        tell("the invoice is written")

        self.wait_until("the newsletter is dead", lambda: self.states(newsletter).count("dead") == len("abc"))
        tell("the newsletter is dead, and the log says why:")
        self.run("list", "--status", "dead")
        template = self.folder / "templates" / "newsletter.weekly" / "email.txt"
        template.write_text(template.read_text().replace("storry", "story"))
        tell("the template is mended, the dead are replayed:")
        self.run("replay", "--yes")

        self.wait_until("everything is settled", lambda: not set(self.states()) & {"scheduled", "sending", "retrying"})

    def show_the_log(self) -> None:
        """End with what happened to everybody, and where the mail is."""
        tell("the log:")
        self.run("list")
        tell("what happened to Grace, and why:")
        self.run("explain", GRACE.address)
        mail = self.folder / "mail"
        print(f"\n{len(list((mail / 'new').iterdir()))} mails are in a Maildir; to read them: mutt -f {mail}")

    def states(self, event: object = None) -> list[str]:
        """Return the states of an event's deliveries, or of all."""
        arguments = [] if event is None else ["--event", str(event)]
        done = self.columba("list", "--json", *arguments)
        rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
        return [row["state"] for row in rows]

    def run(self, *arguments: str) -> None:
        """Run a command of columba's, shown as it is typed."""
        print(f"\n$ columba {' '.join(arguments)}", flush=True)
        command = [*COLUMBA, *arguments]
        subprocess.run(command, env=self.environment, cwd=self.folder, check=True)  # noqa: S603 - ourselves

    def columba(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Run a command of columba's in the shop's folder, for what it prints."""
        command = [*COLUMBA, *arguments]
        return subprocess.run(  # noqa: S603 - ourselves
            command, env=self.environment, cwd=self.folder, text=True, capture_output=True, check=False
        )

    def wait_until(self, what: str, happened: Callable[[], bool]) -> None:
        """Wait for something that the log will show; end the demo if it never does."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not happened():
            if time.monotonic() > deadline:
                sys.exit(f"waited {PATIENCE_SECONDS} s for this in vain: {what}; see {self.folder / 'up.log'}")
            time.sleep(0.2)


COLUMBA: Final = (sys.executable, "-m", "columba_consumers")


def tell(sentence: str) -> None:
    """Say what happens next."""
    print(f"\n· {sentence}", flush=True)


if __name__ == "__main__":
    main()
