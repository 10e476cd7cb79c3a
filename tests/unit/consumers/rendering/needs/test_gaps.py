"""What a context lacks of what templates need, and what it would be with that."""

from typing import Any

import pytest
from columba_consumers.rendering.needs.gaps import completed, gaps
from columba_shared.contract.path import parsed, spelled


@pytest.mark.parametrize(
    ("context", "path", "missing", "whole"),
    [
        ({}, "number", ["number"], {"number": "…"}),
        ({"number": None}, "number", [], {"number": None}),
        ({}, "customer.name", ["customer.name"], {"customer": {"name": "…"}}),
        ({"customer": {"id": 1}}, "customer.name", ["customer.name"], {"customer": {"id": 1, "name": "…"}}),
        ({"customer": "Bob"}, "customer.name", [], {"customer": "Bob"}),
        ({}, "items[].name", ["items[].name"], {"items": [{"name": "…"}]}),
        ({"items": []}, "items[].name", [], {"items": []}),
        (
            {"items": [{"name": 1}, {}, {}]},
            "items[].name",
            ["items[1].name", "items[2].name"],
            {"items": [{"name": 1}, {"name": "…"}, {"name": "…"}]},
        ),
        ({}, "rates{}.net", ["rates{}.net"], {"rates": {"…": {"net": "…"}}}),
        ({"rates": {"a": {}}}, "rates{}.net", ["rates.a.net"], {"rates": {"a": {"net": "…"}}}),
        ({"items": ["a"]}, "items[1]", ["items[1]"], {"items": ["a", "…"]}),
        ({"items": []}, "items[-1].name", ["items[-1].name"], {"items": [{"name": "…"}]}),
        ({"items": [{}]}, "items[-1].name", ["items[-1].name"], {"items": [{"name": "…"}]}),
        ({"items": [{}, {}]}, "items[0].name", ["items[0].name"], {"items": [{"name": "…"}, {}]}),
    ],
)
def test_a_fact_that_is_missing_is_found_and_filled_in(
    context: dict[str, Any], path: str, missing: list[str], whole: dict[str, Any]
) -> None:
    assert [spelled(each) for each in gaps(context, parsed(path))] == missing
    assert completed(context, gaps(context, parsed(path))) == whole


def test_what_lies_deeper_says_more_of_what_is_above_it() -> None:
    paths = [parsed(path) for path in ("items", "items[].name", "items[].price.net", "items[].price")]
    assert completed({}, paths) == {"items": [{"name": "…", "price": {"net": "…"}}]}
