"""Where chat messages may go, as settings say it."""

import pytest
from columba_shared.settings.chat_destinations import chat_destinations


def test_destinations_are_names_with_urls_in_their_order() -> None:
    found = chat_destinations("ops=slack://a/b/c/#alerts; desk = mmosts://chat.example.com/t?x=1%3B2 ;")
    assert [(each.name, each.url) for each in found] == [
        ("ops", "slack://a/b/c/#alerts"),
        ("desk", "mmosts://chat.example.com/t?x=1%3B2"),
    ]
    assert ", ".join(map(str, found)) == "ops (slack), desk (mmosts)"
    assert "alerts" not in repr(found)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("slack://sesame/b/c", "must be destinations as name=url"),
        ("Ops=slack://sesame/b/c", "must be destinations as name=url"),
        ("ops=sesame", "the destination ops: must be one URL"),
        ("ops=slack://sesame/b c", "the destination ops: must be one URL"),
        ("ops=slack://sesame; ops=slack://other", "names the destination ops twice"),
    ],
)
def test_what_is_none_is_refused_without_repeating_it(text: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        chat_destinations(text)
    assert "sesame" not in str(caught.value)
