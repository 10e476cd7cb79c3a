"""The links in mails lead to the `web` service, which knows what the consumers have signed, and bounces come signed."""

import re
from contextlib import closing
from email import message_from_bytes
from http.client import HTTPConnection
from urllib.parse import urlsplit

from columba_producer import Producer
from columba_shared.log.tables import suppression
from sqlalchemy import select

from tests.live.deploy import delivering
from tests.live.deploy.installation import Installation
from tests.services.ports import LOOPBACK
from tests.services.smtp_record import accepted
from tests.system.system import Process, until

TO = "web-leaver@example.org"


def clicked(web: Process, link: str) -> int:
    """Follow a link as a mail provider does that a proxy passes on; return the status."""
    found = re.search(r"port=(\d+)", web.log.read_text())
    assert found is not None
    with closing(HTTPConnection(LOOPBACK, int(found[1]), timeout=30)) as connection:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", urlsplit(link).path, body=b"List-Unsubscribe=One-Click", headers=form)
        return connection.getresponse().status


def test_a_click_reaches_the_log_and_bounces_are_signed(clean: Installation) -> None:
    with delivering.started(clean, email=1):
        web = clean.start("web")
        until(lambda: clean.healthy(web), "the endpoint is healthy")
        with Producer(clean.url_of_role("producer")) as producer:
            context = {"number": 1, "carrier": "pigeons"}
            producer.enqueue(delivering.KIND, to=TO, context=context, category="newsletter")
        delivering.await_states(clean, "web", {"sent": 1})
        [mail] = [each for each in accepted(clean.smtp.entries()) if each.rcpt_to == (TO,)]
        assert re.fullmatch(r"bounces\+[a-z2-7]{40}@example\.org", mail.mail_from)
        assert clicked(web, message_from_bytes(mail.body or b"")["List-Unsubscribe"].strip("<>")) == 200
        assert web.stop() == 0
    assert clean.rows(select(suppression.c.source).where(suppression.c.address == TO)) == [("unsubscribe",)]
