"""One running system for each way to run Columba, shared by all promises of a session."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from columba_consumers.moderation import Moderation
from columba_consumers.reconciler import ThroughPublisher
from columba_shared.log.audit import Author
from columba_shared.log.moderated import Meant
from columba_shared.publishing import Publisher

from tests.posted import mailgun, postmark, sendgrid, sns
from tests.services.smtp_control import smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.system.modes import BROKER, EMBEDDED, urls
from tests.system.system import Row, System, running
from tests.system.ways import WAYS

_TEMPLATES = {
    "promise.plain": {"email.subject.txt": "Nr {{ number }} for {{ recipient.name }}", "email.txt": "{{ number }}\n"},
    "promise.html": {
        "email.subject.txt": "Grüße, {{ recipient.name }} ✓",
        "email.txt": "Löwe {{ number }}\n",
        "email.html": "<p>Löwe <b>{{ number }}</b></p>",
    },
    "promise.spoken": {
        "email.subject.txt": "{% trans number=number %}Invoice {{ number }}{% endtrans %}",
        "email.txt": "{{ due | datetime('short') }}, {{ total | currency('EUR') }}",
    },
    "locale/de/LC_MESSAGES": {"messages.po": 'msgid "Invoice %(number)s"\nmsgstr "Rechnung %(number)s"\n'},
    "promise.capped": {"email.subject.txt": "once more", "email.txt": "{{ number }}\n"},
    "promise.parcel": {"email.subject.txt": "{{ about.number }}", "email.txt": "It is in {{ about.place }}."},
    "promise.mjml": {
        "email.subject.txt": "x",
        "email.mjml": "<mjml><mj-body><mj-section><mj-column>{% for n in [1, 2] %}<mj-text>Nr {{ n }}</mj-text>"
        "{% endfor %}</mj-column></mj-section></mj-body></mjml>",
    },
    "promise.styled": {
        "email.subject.txt": "x",
        "email.html": "<style>p { color: red }</style><p>See <a href='https://example.org/7'>this</a>.</p>",
    },
    "promise.gathered": {
        "email.subject.txt": "{{ count }} for you",
        "email.txt": "{{ count }}:{% for each in events %} {{ each.context.number }}{% endfor %}\n",
    },
    "promise.broken": {"email.subject.txt": "x", "email.txt": "{{ nobody_gives_this }}\n"},
}
_BUSY = ("digest", "list", "copy", "main", "urgent", "normal", "bulk")
_FAULTS = Faults(
    rules=(
        Rule(phase="rcpt", reply="450 4.2.1 mailbox busy", recipient=r"^busy@", times=1),
        *(Rule(phase="rcpt", reply="450 4.2.1 mailbox busy", recipient=rf"^busy-{name}@", times=1) for name in _BUSY),
        Rule(phase="rcpt", reply="450 4.7.1 greylisted", recipient=r"^never"),
        Rule(phase="rcpt", reply="450 4.7.28 too fast", recipient=r"@throttling\.example$", times=1),
        Rule(phase="rcpt", reply="550 5.1.1 no such user", recipient=r"^unknown"),
        Rule(phase="rcpt", reply="550 5.7.1 blocked", recipient=r"^judged-later", times=1),
        Rule(phase="rcpt", reply="450 4.7.1 greylisted", recipient=r"^judged-never"),
        Rule(phase="rcpt", reply="450 4.7.1 greylisted", recipient=r"^judged-strangely"),
        Rule(phase="rcpt", reply="450 4.7.1 greylisted", recipient=r"^judged-wrongly", times=1),
        Rule(phase="rcpt", reply="550 5.7.1 not from you", recipient=r"^policy"),
        Rule(phase="rcpt", reply="550 5.7.1 device not registered", recipient=r"^unregistered"),
    ),
)
_THERE = datetime.now(UTC) + timedelta(hours=12)
QUIET = f"{_THERE - timedelta(hours=1):%H:%M}-{_THERE + timedelta(hours=3):%H:%M}"
"""A night on the other side of the world, Etc/GMT-12, and on this one nowhere near."""
_LINKS = {
    "COLUMBA_UNSUBSCRIBE_URL": "https://mail.example.com/u",
    "COLUMBA_UNSUBSCRIBE_CATEGORIES": "leavable",
    "COLUMBA_UNSUBSCRIBE_KEYS": "0123456789abcdef0123456789abcdef",
    "COLUMBA_WEB_LISTEN": "127.0.0.1:0",
}
_BOUNCES = {"COLUMBA_BOUNCE_ADDRESS": "bounces@example.com", "COLUMBA_BOUNCE_KEYS": "fedcba9876543210" * 2}
RELAY_SECRET = "13579bdf02468ace" * 2
_WEBHOOKS = {
    "COLUMBA_WEBHOOK_MAILGUN_KEY": mailgun.KEY,
    "COLUMBA_WEBHOOK_SENDGRID_KEY": sendgrid.public(),
    "COLUMBA_WEBHOOK_POSTMARK_SECRET": postmark.SECRET,
    "COLUMBA_WEBHOOK_SES_TOPICS": sns.TOPIC,
    "COLUMBA_WEBHOOK_RELAY_SECRET": RELAY_SECRET,
}


@pytest.fixture(scope="session", params=[EMBEDDED, BROKER])
def columba(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """Columba, running in this way."""
    folder = tmp_path_factory.mktemp("promises")
    with ExitStack() as stack:
        smtp = stack.enter_context(smtp_process(folder / "mails.jsonl", bodies=True))
        smtp.set_faults(_FAULTS)
        broker_url, database_url = urls(request, folder, stack)
        settings = {
            **_LINKS,
            **_BOUNCES,
            **_WEBHOOKS,
            "COLUMBA_APP": "app",
            "COLUMBA_EMAIL_RATES": "trickle.example=2/s",
            "COLUMBA_EMAIL_QUIET": QUIET,
            "COLUMBA_EMAIL_KEEP": "sent",
            "COLUMBA_EMAIL_CAPS": "promise.capped=2/d, promise.wished=1/d",
            "COLUMBA_LEASE": "60",  # nobody dies here: who stands still for a moment is not to be taken for dead
        }
        targets = ("email", *WAYS)
        system = System(folder, broker_url, database_url, smtp, settings, targets)
        stack.enter_context(running(system))
        _write_app(folder)
        for command in ("up",) if request.param == EMBEDDED else ("relay", "ledger", "reconcile", "work"):
            system.start(command)
        yield system


def _write_app(folder: Path) -> None:
    shutil.copy(Path(__file__).with_name("app.py"), folder / "app.py")
    for kind, files in _TEMPLATES.items():
        (folder / "templates" / kind).mkdir(parents=True)
        for name, text in files.items():
            (folder / "templates" / kind / name).write_text(text)


@pytest.fixture
def moderation(columba: System) -> Iterator[Moderation]:
    """The service behind the commands that hold, approve, cancel and brake."""
    if columba.broker_url == "memory://":
        yield Moderation(engine=columba.engine)
    else:
        with Publisher(columba.broker_url) as publisher:
            yield Moderation(engine=columba.engine, dispatch=ThroughPublisher(publisher=publisher))


@pytest.fixture
def hasten(moderation: Moderation) -> Callable[..., None]:
    """Make deliveries that wait due at once, as an operator does: when that is, no machine decides by its speed."""

    def hasten(*rows: Row) -> None:
        meant = [Meant(delivery_id=row.id) for row in rows]
        assert asyncio.run(moderation.reschedule(meant, Author(who="carol", why="it is time"))).done == len(rows)

    return hasten
