"""Which renderer serves a kind."""

from dataclasses import FrozenInstanceError

import pytest
from columba_consumers.app import App, Audience, Renderer
from columba_consumers.app.app import Relevance


def render(_event: object, _recipient: object) -> None:
    """Stand for an app's renderer."""


async def render_later(_event: object, _recipient: object) -> None:
    """Stand for one that is awaited."""


def app_with(*patterns: str) -> App:
    made = [Renderer(pattern=pattern, target="email", function=render) for pattern in patterns]
    return App(renderers={(one.pattern, one.target): one for one in made})


MOST_SPECIFIC = pytest.mark.parametrize(
    ("kind", "pattern"),
    [
        ("a.b.c", "a.b.c"),
        ("a.b.d", "a.b.*"),
        ("a.x.y", "a.*"),
        ("a.x", "a.*"),
        ("a", "*"),
        ("ab.c", "*"),
        ("z", "*"),
    ],
)


@MOST_SPECIFIC
def test_the_most_specific_renderer_wins(kind: str, pattern: str) -> None:
    found = app_with("*", "a.*", "a.b.*", "a.b.c").renderer_for(kind, "email")
    assert found is not None
    assert found.pattern == pattern


@MOST_SPECIFIC
def test_the_most_specific_function_is_asked_whether_it_is_relevant(kind: str, pattern: str) -> None:
    made = [Relevance(pattern=each, function=render, takes_recipient=True) for each in ("*", "a.*", "a.b.*", "a.b.c")]
    found = App(relevances={one.pattern: one for one in made}).relevance_of(kind)
    assert found is not None
    assert found.pattern == pattern


def test_a_renderer_serves_its_own_target_only() -> None:
    assert app_with("*").renderer_for("a", "sms") is None


def test_the_empty_app_renders_nothing() -> None:
    assert App.empty().renderer_for("a", "email") is None
    assert App.empty().audience_named("everybody") is None
    assert App.empty().relevance_of("a") is None


def test_an_audience_is_found_by_its_name() -> None:
    everybody = Audience(name="everybody", function=render)
    app = App(audiences={"everybody": everybody})
    assert app.audience_named("everybody") is everybody


def test_an_app_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        App.empty().renderers = {}  # type: ignore[misc]  # that it is refused is the point
    with pytest.raises(TypeError):
        App.empty().renderers["a", "email"] = app_with("a").renderers["a", "email"]  # type: ignore[index]  # as above


def test_a_renderer_is_named_by_module_and_function() -> None:
    assert Renderer(pattern="a", target="email", function=render).name == f"{__name__}:render"


def test_a_renderer_knows_whether_it_is_awaited() -> None:
    assert not Renderer(pattern="a", target="email", function=render).awaits
    assert Renderer(pattern="a", target="email", function=render_later).awaits
