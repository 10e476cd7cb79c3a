"""The published JSON Schema of the event."""

from pathlib import Path

from columba_shared.event import VERSION, Event
from columba_shared.schema import document, event_schema

PUBLISHED = Path(__file__).parents[3] / "docs" / "schema" / f"event-v{VERSION}.json"


def test_the_published_schema_is_current() -> None:
    assert PUBLISHED.read_text(encoding="utf-8") == document()


def test_the_schema_names_every_field_of_an_event() -> None:
    assert set(event_schema()["$defs"]["Event"]["properties"]) == {"v", *Event.__struct_fields__}
