"""What an event is about: named by its sort and its id, or refused by name."""

import pytest
from columba_producer import EventRequest
from columba_producer.creation import Creation
from columba_shared.errors import InvalidEvent


def request(about: object) -> EventRequest:
    return EventRequest(kind="invoice.ready", to="bob@example.com", about=about)  # type: ignore[arg-type]


@pytest.mark.parametrize("about", ["invoice:42", "invoice", "shop.invoice:a b/ü:7", "invoice:" + "4" * 292])
def test_what_it_is_about_comes_through(about: str) -> None:
    (made,) = Creation().events(request(about))
    assert made.event.about == about


@pytest.mark.parametrize(
    ("about", "problem"),
    [
        (42, "a string such as invoice:42"),
        ("Invoice:42", "a sort of thing and its id"),
        ("invoice:", "a sort of thing and its id"),
        ("invoice:4\n2", "visible"),
        ("invoice:42\n", "visible"),
        ("invoice:" + "4" * 293, "300"),
    ],
)
def test_what_nothing_can_be_about_is_refused(about: object, problem: str) -> None:
    with pytest.raises(InvalidEvent, match=f"^about.*{problem}"):
        Creation().events(request(about))
