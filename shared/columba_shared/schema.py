"""The event as a JSON Schema, for publishers in other languages.

`python -m columba_shared.schema > docs/schema/event-v1.json` writes the published copy.
"""

import json
import sys
from typing import Any, Final

import msgspec

from columba_shared.event import VERSION, Event

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def event_schema() -> dict[str, Any]:
    """Return the schema of an event of this version."""
    schema = {"$schema": _DIALECT, "title": f"Columba event, version {VERSION}"} | msgspec.json.schema(Event)
    for part in schema["$defs"].values():
        part["description"] = " ".join(part["description"].split())
    schema["$defs"]["Event"]["oneOf"] = [
        {"required": ["to"], "properties": {"to": {"minItems": 1}}},
        {"required": ["audience"]},
        {"required": ["withdraw", "key"], "properties": {"withdraw": {"const": True}}},
    ]
    return schema


def document() -> str:
    """Return the text of the published file."""
    return json.dumps(event_schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(document())
