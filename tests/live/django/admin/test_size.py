"""Pages of a log with 10,000 deliveries, 100,000 in `make torture`, are as quick as those of one with a few."""

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.migration import migrate
from django.db import connection
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from sqlalchemy import text

from tests.contract.cli.shell import Shell
from tests.live.django.admin.office import entered, ids, next_page, page, statements
from tests.system.masses import fill
from tests.system.system import scaled

COUNT: Final = scaled(10_000, 100_000)
_MOST_STATEMENTS: Final = 12
_MOST_SECONDS: Final = 3.0
"""Of a busy machine; on a quiet one a page takes a tenth of one."""
_NUMBERS: Final = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < :count) "
_MOMENT: Final = "strftime('%Y-%m-%d %H:%M:%S.000000', 1790000000 + n, 'unixepoch')"
_ID: Final = "printf('%032x', n * 7919 % 1000003 * 1000003 + n)"
_EVENTS: Final = f"""
    INSERT INTO columba_event (id, target, kind, lane, producer, body, created_at, recorded_at) {_NUMBERS}
    SELECT printf('%032x', n), 'email', 'invoice.ready', 'normal', 'shop', '{{}}', {_MOMENT}, {_MOMENT} FROM n
"""  # noqa: S608 - our own
_DELIVERIES: Final = f"""
    INSERT INTO columba_delivery (id, event_id, target, kind, lane, address, state, due_at, handed_on, suspect,
        created_at, updated_at) {_NUMBERS}
    SELECT {_ID}, printf('%032x', n), 'email', 'invoice.ready', 'normal', 'r' || n || '@example.org',
        CASE n % 10 WHEN 0 THEN 'dead' WHEN 1 THEN 'skipped' ELSE 'sent' END, {_MOMENT}, 1, 0, {_MOMENT}, {_MOMENT}
    FROM n
"""  # noqa: S608 - our own
_SUPPRESSIONS: Final = f"""
    INSERT INTO columba_suppression (address, target, category, source, who, at) {_NUMBERS}
    SELECT 'r' || n || '@example.org', '', '', 'bounce', 'x', {_MOMENT} FROM n
"""  # noqa: S608 - our own


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, shell: Shell, tmp_path: Path) -> Iterator[str]:
    """A log with much in it, in a database of its own."""
    del shell
    if request.param == "sqlite":
        found = f"sqlite:///{tmp_path / 'columba.db'}"
        _fill(found)
    else:
        found = str(request.getfixturevalue("postgres_log_url"))
        engine = connect(found)
        fill(engine, COUNT)
        engine.dispose()
    with override_settings(COLUMBA={"DATABASE_URL": found}):
        yield found


def _fill(url: str) -> None:
    engine = connect(url)
    migrate(engine)
    with engine.begin() as opened:
        for statement in (_EVENTS, _DELIVERIES, _SUPPRESSIONS):
            opened.execute(text(statement), {"count": COUNT})
    engine.dispose()


def _seconds_for(ann: Client, path: str, query: Mapping[str, Any]) -> float:
    begun = time.monotonic()
    page(ann, path, **query)
    return time.monotonic() - begun


@pytest.mark.usefixtures("url")
def test_pages_go_on_by_key_and_nothing_is_counted() -> None:
    ann = entered()
    first = page(ann, "delivery/")
    seen = ids(first)
    link = next_page(first)
    assert link is not None
    second = page(ann, f"delivery/{link}")
    assert len(seen) == 50
    assert len({*seen, *ids(second)}) == 100
    asked: list[tuple[str, dict[str, Any]]] = [
        ("delivery/", {}),
        (f"delivery/{link}", {}),
        ("delivery/", {"after": f'["2026-10-20T00:00:00Z","{seen[0]}"]', "state": "dead"}),
        ("delivery/", {"q": "r77777@example.org"}),
        ("delivery/", {"q": "nobody@example.org"}),
        ("delivery/", {"q": str(seen[7])[:23]}),
        ("delivery/", {"state": "sent", "kind": "invoice.*", "target": "email"}),
        ("event/", {}),
        ("event/", {"after": f'["2026-10-20T00:00:00Z","{seen[0]}","email"]'}),
        ("suppression/", {"after": '["r500","",""]'}),
        ("suppression/", {"q": "r500@example.org"}),
        ("address/", {}),
    ]
    for path, query in asked:
        with statements() as to_log, CaptureQueriesContext(connection) as to_project:
            took = _seconds_for(ann, path, query)
        assert len(to_log) <= _MOST_STATEMENTS, (path, query, to_log)
        assert len(to_project) <= _MOST_STATEMENTS, to_project.captured_queries
        assert not [each for each in to_log if "count(" in each.lower()], to_log
        if took >= _MOST_SECONDS:  # a busy machine is, for a moment; a page that reads all of it is each time
            took = min(_seconds_for(ann, path, query) for _ in range(2))
        assert took < _MOST_SECONDS, (path, query, took)
