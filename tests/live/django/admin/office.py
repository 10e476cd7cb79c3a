"""A project with an admin, people who may enter it, and what they see there."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any, Final
from uuid import UUID

from columba_shared.log.engine import connect
from columba_shared.log.reading import deliveries
from columba_shared.log.records import DeliveryRecord
from columba_shared.log.selection import Selection
from columba_shared.log.tables import delivery
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.http import HttpResponse
from django.test import Client
from sqlalchemy import Engine, event, update

LISTS: Final = "/admin/columba_admin"
EVIL: Final = "<xss onx=1>'\"&lt;"
HOSTILE: Final = "https://example.org/<xss/onx=1>"
_ROW: Final = re.compile(r"/admin/columba_admin/delivery/([0-9a-f-]{36})/\"")
_NEXT: Final = re.compile(r'<a href="([^"]+)" rel="next"')


def entered(*permissions: str, name: str = "ann", strict: bool = False) -> Client:
    """Return the browser of somebody on the staff who has these permissions; without any, all."""
    user = get_user_model().objects.create(username=name, is_staff=True, is_superuser=not permissions)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    assert user.user_permissions.count() == len(permissions)
    client = Client(enforce_csrf_checks=strict)
    client.force_login(user)
    return client


def page(client: Client, path: str, status: int = 200, **query: str) -> str:
    """Return a page below the lists; it has this status."""
    answer: HttpResponse = client.get(f"{LISTS}/{path}", query)
    assert answer.status_code == status, answer.content.decode()[:3000]
    return str(answer.content.decode())


def ids(text: str) -> list[UUID]:
    """Return the deliveries that a page lists, in its order."""
    return [UUID(each) for each in _ROW.findall(text)]


def next_page(text: str) -> str | None:
    """Return where the next page is."""
    found = _NEXT.search(text)
    return None if found is None else found[1].replace("&amp;", "&")


def decide(client: Client, ruling: str, *keys: str, **more: str) -> HttpResponse:
    """Have it decided, a second time asked; return the answer that follows, with what is told about it."""
    answer: HttpResponse = client.post(
        f"{LISTS}/delivery/decide/", {"ruling": ruling, "_selected_action": keys, "confirmed": "1", **more}, follow=True
    )
    return answer


@dataclass(frozen=True, slots=True)
class Records:
    """The log as it is written, past the admin."""

    engine: Engine

    def of(self, address: str) -> DeliveryRecord:
        """Return the one delivery to an address."""
        with self.engine.connect() as connection:
            (found,) = deliveries(connection, Selection(address=address), limit=2)
        return found

    def key(self, address: str) -> str:
        """Return what its checkbox stands for."""
        found = self.of(address)
        return f"{found.id}:{found.revision}:{found.claim}"

    def change(self, address: str, **values: object) -> None:
        """Have something else become of the one delivery to an address, as if by a consumer."""
        with self.engine.begin() as writing:
            writing.execute(update(delivery).where(delivery.c.address == address).values(**values))


@contextmanager
def records(url: str) -> Iterator[Records]:
    """Lend the log."""
    engine = connect(url)
    try:
        yield Records(engine)
    finally:
        engine.dispose()


@contextmanager
def statements() -> Iterator[list[str]]:
    """Lend what the log is asked meanwhile."""
    asked: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        asked.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(Engine, "before_cursor_execute", note)


class Elements(HTMLParser):
    """The elements of a page, as a browser finds them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one."""
        self.found.append((tag, dict(attrs)))


def elements(text: str) -> list[tuple[str, dict[str, str | None]]]:
    """Return each element of a page with its attributes."""
    reader = Elements()
    reader.feed(text)
    return reader.found
