"""The admin's pages on the newest Django: not by themselves, but in the process in which that is tested."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from columba_shared.log.migration import migrate
from columba_shared.log.suppression_list import SuppressionList
from columba_shared.log.tables import delivery, event
from columba_shared.state import State
from django.test import override_settings
from sqlalchemy import Engine

from tests.live.django import project
from tests.live.django.admin.office import LISTS, Records, decide, entered, page, records

_NOW = datetime.now(UTC)
_ID = UUID(int=7)
_BOTH = {"target": "email", "kind": "invoice.ready", "lane": "normal", "created_at": _NOW}


def _waiting(engine: Engine) -> None:
    """Write a log with an event and its delivery, which is held."""
    migrate(engine)
    with engine.begin() as writing:
        writing.execute(event.insert().values(id=_ID, producer="shop", body=b"{}", recorded_at=_NOW, **_BOTH))
        of_it = {
            "id": _ID,
            "event_id": _ID,
            "address": "bob@example.org",
            "due_at": _NOW,
            "updated_at": _NOW,
            "claim": 0,
        }
        rest = {"attempts": 0, "handed_on": False, "suspect": False, "state": State.HELD}
        writing.execute(delivery.insert().values(**_BOTH, **of_it, **rest))


def test_every_page_is_there_and_people_decide(tmp_path: Path) -> None:
    path = tmp_path / "project.sqlite3"
    with (
        project.database(project.sqlite(path), apps=project.WITH_PEOPLE),
        override_settings(COLUMBA={"TARGETS": "email"}),
        records(f"sqlite:///{path}") as log,
    ):
        _waiting(log.engine)
        ann = entered()
        assert "Suppressions" in ann.get("/admin/").content.decode()
        for part in ("delivery/", "event/", f"delivery/{_ID}/", f"event/{_ID}/", "suppression/add/", "address/"):
            assert "invoice.ready" in page(ann, part) or part in {"suppression/add/", "address/"}
        key = log.key("bob@example.org")
        asked = ann.post(f"{LISTS}/delivery/decide/", {"ruling": "approve", "_selected_action": key})
        assert "Approve: 1 delivery." in asked.content.decode()
        assert "1 delivery approved." in decide(ann, "approve", key).content.decode()
        told = ann.post(f"{LISTS}/suppression/add/", {"address": "bob@example.org", "why": "x"}, follow=True)
        assert "On the list." in told.content.decode()
        assert "bob@example.org" in page(ann, "suppression/")
        assert SuppressionList(log.engine).matching("bob@example.org")
        assert Records(log.engine).of("bob@example.org").state is State.SUPPRESSED
