"""The project that moves, and the providers around it."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.live.django.moving.site import Site, site
from tests.services.expo_double import Expo, token
from tests.services.http_double import http_double_apart
from tests.services.smtp_control import SmtpProcess, smtp_process
from tests.services.smtp_faults import Faults, Rule
from tests.services.smtp_record import Mail, accepted
from tests.services.twilio_double import ACCOUNT, TOKEN, Twilio

_SITE: Final = Path(__file__).parent / "site"
EVERYTHING: Final = {
    "email": ["eggs@example.org"],
    "twilio": ["+4366012345678"],
    "expo": [token("eggs")],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """The project, and the providers as it sees them."""

    project: Site
    smtp: SmtpProcess
    twilio: Twilio
    expo: Expo

    def call(self, name: str, *arguments: object, **named: object) -> Any:  # noqa: ANN401 - as the project says it
        """Have the project do something."""
        return self.project.call(name, *arguments, **named)

    def process(self) -> dict[str, Any]:
        """Run the command that cron runs."""
        found: dict[str, Any] = self.call("command", "process_notifications")
        return found

    def mails_to(self, address: str) -> list[Mail]:
        """Return what has arrived."""
        return [mail for mail in accepted(self.smtp.entries()) if address in mail.rcpt_to]

    def statuses(self, name: str) -> list[str]:
        """Return how a user's notifications stand."""
        return [each["status"] for each in self.call("notifications", name)]


@pytest.fixture(scope="package")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything, running."""
    folder = tmp_path_factory.mktemp("moving")
    twilio, expo = Twilio(), Expo(errors={token("gone"): "DeviceNotRegistered"})
    with ExitStack() as stack:
        sms = stack.enter_context(http_double_apart(twilio.answer))
        push = stack.enter_context(http_double_apart(expo.answer))
        smtp = stack.enter_context(smtp_process(folder / "mails.jsonl", bodies=True))
        smtp.set_faults(Faults(rules=(Rule(phase="rcpt", reply="451 4.3.0 not now", recipient="busy@"),)))
        settings = {
            "COLUMBA_SMTP_URL": smtp.url,
            "COLUMBA_SMS_ACCOUNT": ACCOUNT,
            "COLUMBA_SMS_TOKEN": TOKEN,
            "COLUMBA_SMS_SENDER": "+15005550006",
            "COLUMBA_SMS_URL": sms.url,
            "COLUMBA_PUSH_URL": push.url,
        }
        project = stack.enter_context(
            site(_SITE, package="django-notification-system", folder=folder, settings=settings)
        )
        yield World(project=project, smtp=smtp, twilio=twilio, expo=expo)
