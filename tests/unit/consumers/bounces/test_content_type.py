"""What a part says that it is, as the ways of writing it that are in use have it."""

import pytest
from columba_consumers.bounces.content_type import ContentType


@pytest.mark.parametrize("text", ["", "nonsense", "a/b/c", ";"])
def test_what_says_nothing_is_plain_text(text: str) -> None:
    assert ContentType.of(text).kind == "text/plain"


@pytest.mark.parametrize(
    "text",
    [
        "boundary=a-b",
        'BOUNDARY = "a-b"',
        'report-type=x; boundary="a-b"',
        'x="; boundary=no"; boundary=a-b',
        'x; boundary="a\\-b"',
        'boundary*0="a-"; boundary*1=b',
        'boundary*1=b; boundary*0="a-"',
        "boundary=a-b; boundary=c",
        "boundary*=utf-8''no; boundary=a-b",
        'boundary="a-b',
    ],
)
def test_a_parameter_is_found_however_it_is_written(text: str) -> None:
    read = ContentType.of(f"Multipart/Mixed ; {text}")
    assert (read.kind, read.parameters["boundary"]) == ("multipart/mixed", "a-b")


def test_one_in_another_charset_says_nothing() -> None:
    assert ContentType.of("text/plain; charset*=utf-8''latin-1").parameters == {}
