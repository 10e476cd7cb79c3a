"""One click in a mail program, from a real message's headers, however Columba is run."""

import re
from email import message_from_bytes
from email.message import Message
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
from columba_producer import Recipient
from columba_shared.log.tables import optout, suppression
from sqlalchemy import select

from tests.system.system import System, until

FORM = "application/x-www-form-urlencoded"
CLICK = b"List-Unsubscribe=One-Click"
MULTIPART = (
    b'--b\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--b--\r\n',
    "multipart/form-data; boundary=b",
)


@pytest.fixture(scope="session")
def web_port(columba: System) -> int:
    """The port that `columba web` listens on."""
    process = columba.start("web")
    until(lambda: process.told("port="), "the endpoint listens")
    found = re.search(r"port=(\d+)", process.log.read_text())
    assert found is not None
    return int(found[1])


def mail(columba: System, to: str, *, user: str | None = None, category: str = "leavable") -> Message:
    """Have somebody sent a mail; return it as it arrived."""
    before = len(columba.mails(to))
    with columba.producer() as producer:
        recipient = Recipient(address=to, user=user)
        producer.enqueue("promise.veto", to=recipient, context={"word": "w"}, category=category)
    until(lambda: len(columba.mails(to)) == before + 1, "it arrives")
    return message_from_bytes(columba.mails(to)[-1].body or b"")


def link(message: Message) -> str:
    """Return where a mail program sends its click."""
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<https://mail\.example\.com/u(/\S+)>", message["List-Unsubscribe"])
    assert found is not None
    return found[1]


def ask(port: int, path: str, *, method: str = "POST", body: bytes = CLICK, kind: str = FORM) -> tuple[int, str]:
    """Send a request as a mail provider does, without cookies; return the status and the page."""
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, urlsplit(path).path, body=body, headers={"Content-Type": kind})
    answer = connection.getresponse()
    try:
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def wishes(columba: System) -> int:
    return len(columba.rows(select(optout.c.user_id))) + len(columba.rows(select(suppression.c.address)))


def next_is_not_sent(columba: System, to: str, *, user: str | None = None) -> str:
    """Publish the next at once; return why it was not sent."""
    before = len(columba.mails(to))
    with columba.producer() as producer:
        recipient = Recipient(address=to, user=user)
        producer.enqueue("promise.veto", to=recipient, context={"word": "w"}, category="leavable")
    until(lambda: [row.state for row in columba.deliveries(to)].count("suppressed") == 1, "the next is suppressed")
    assert len(columba.mails(to)) == before
    (reason,) = [row.reason for row in columba.deliveries(to) if row.state == "suppressed"]
    return str(reason)


@pytest.mark.parametrize(("name", "body", "kind"), [("form", CLICK, FORM), ("multipart", *MULTIPART)])
def test_one_click_stops_the_next_mail_of_that_category(
    columba: System, web_port: int, name: str, body: bytes, kind: str
) -> None:
    to = f"leaves-{name}@example.org"
    path = link(mail(columba, to))
    assert ask(web_port, path, body=body, kind=kind)[0] == 200
    assert next_is_not_sent(columba, to) == "address suppressed for leavable by unsubscribe: the link to unsubscribe"
    assert mail(columba, to, category="another")["List-Unsubscribe"] is None


def test_a_user_who_clicks_is_opted_out_and_a_second_click_changes_nothing(columba: System, web_port: int) -> None:
    path = link(mail(columba, "leaves-as-user@example.org", user="leaver"))
    before = wishes(columba)
    assert [ask(web_port, path)[0] for _ in range(2)] == [200, 200]
    assert wishes(columba) == before + 1
    assert next_is_not_sent(columba, "leaves-as-user@example.org", user="leaver") == "opted out of leavable by email"


def test_looking_at_the_page_changes_nothing_and_its_button_does(columba: System, web_port: int) -> None:
    path = link(mail(columba, "looks@example.org"))
    before = wishes(columba)
    status, page = ask(web_port, path, method="GET", body=b"")
    assert (status, wishes(columba)) == (200, before)
    field = re.search(r'<input type="hidden" name="(.+)" value="(.+)">', page)
    assert field is not None
    assert ask(web_port, path, body=f"{field[1]}={field[2]}".encode())[0] == 200
    assert wishes(columba) == before + 1


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"", FORM, 400),
        (b"List-Unsubscribe=No", FORM, 400),
        (CLICK, "text/plain", 400),
        (CLICK, "multipart/form-data; boundary=b", 400),
        (b"x" * 20_000, FORM, 413),
    ],
)
def test_what_is_no_click_does_nothing(columba: System, web_port: int, body: bytes, kind: str, status: int) -> None:
    to = f"idle-click-{status}-{len(body)}-{len(kind)}@example.org"
    path = link(mail(columba, to))
    before = wishes(columba)
    assert ask(web_port, path, body=body, kind=kind)[0] == status
    assert wishes(columba) == before


def test_a_forged_link_does_nothing(columba: System, web_port: int) -> None:
    path = link(mail(columba, "forged@example.org"))
    before = wishes(columba)
    for wrong in (path[:-1], path[:-2] + "AA", path.swapcase(), "/", "/%00", "/" + "A" * 5000):
        assert ask(web_port, wrong)[0] == 404
    assert wishes(columba) == before


def test_a_link_that_the_app_has_set_itself_is_left_as_it_is(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.listed", to="own-link@example.org", category="leavable")
    columba.await_state("own-link@example.org", "sent")
    until(lambda: bool(columba.mails("own-link@example.org")), "it arrives")
    message = message_from_bytes(columba.mails("own-link@example.org")[0].body or b"")
    assert message.get_all("List-Unsubscribe") == ["<mailto:leave@example.org>"]
