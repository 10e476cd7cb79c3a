"""Names of events that have an object say its own mail."""

import re

import pytest
from columba_shared.about_mail import digest_of, key_of, kind_of
from columba_shared.event import KIND_PATTERN, MAX_KEY_LENGTH


@pytest.mark.parametrize(
    ("name", "method", "kind"),
    [
        ("news.story:42", "render_email", "django.about.news.story.render_email"),
        ("news.story", "renderEmail", "django.about.news.story.renderemail"),
        ("news.story:4.2:x", "_mail", "django.about.news.story._mail"),
    ],
)
def test_the_kind_is_that_of_all_such_objects(name: str, method: str, kind: str) -> None:
    assert kind_of(name, method) == kind
    assert re.fullmatch(KIND_PATTERN, kind)


def test_a_key_tells_apart_what_goes_out_on_its_own() -> None:
    wishes = [
        ("news.story:42", "render_email", None, None),
        ("news.story:43", "render_email", None, None),
        ("news.story:42", "render_more", None, None),
        ("news.story:42", "render_email", "7", None),
        ("news.story:42", "render_email", None, "readers"),
        ("news.story:42", "render_email", None, "7"),
    ]
    assert len({key_of(*wish) for wish in wishes}) == len(wishes)
    assert len({digest_of(*wish) for wish in wishes}) == len(wishes)


def test_a_key_that_would_be_too_long_is_a_digest() -> None:
    long = f"news.story:{'x' * MAX_KEY_LENGTH}"
    assert key_of(long, "render_email", None, None) == digest_of(long, "render_email", None, None)
    assert key_of("news.story:42", "render_email", None, None) == "news.story:42 render_email"
