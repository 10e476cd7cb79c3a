"""The decorators mark, and do nothing else."""

import functools
from collections.abc import Callable
from typing import Any

import pytest
from columba_consumers.app.marks import (
    AudienceMark,
    ErrorPolicyMark,
    HookMark,
    RelevanceMark,
    RendererMark,
    UsersMark,
    When,
    after_delivery,
    after_expansion,
    audience,
    before_delivery,
    error_policy,
    loader,
    marks_of,
    renderer,
    still_relevant,
    users,
)

Mark = Callable[[str], Callable[[Callable[..., Any]], Callable[..., Any]]]


def plain(_event: object, _recipient: object) -> None:
    """Stand for an app's renderer."""


def test_a_marked_function_is_returned_unchanged() -> None:
    def render(_event: object, _recipient: object) -> str:
        return "said"

    assert renderer("invoice.ready")(render) is render
    assert render(None, None) == "said"


def test_a_mark_names_the_kind_and_the_target() -> None:
    @renderer("invoice.ready", target="sms")
    def render(_event: object, _recipient: object) -> None: ...

    assert marks_of(render) == (RendererMark(pattern="invoice.ready", target="sms"),)


def test_email_is_the_target_of_a_renderer_that_names_none() -> None:
    @renderer("invoice.ready")
    def render(_event: object, _recipient: object) -> None: ...

    assert marks_of(render) == (RendererMark(pattern="invoice.ready", target="email"),)


def test_stacked_decorators_each_leave_their_mark() -> None:
    @renderer("a.*")
    @renderer("b", target="sms")
    @audience("everybody")
    def both(*_: object) -> None: ...

    assert marks_of(both) == (
        AudienceMark(name="everybody"),
        RendererMark(pattern="b", target="sms"),
        RendererMark(pattern="a.*", target="email"),
    )


def test_a_coroutine_function_can_be_marked() -> None:
    @renderer("a")
    async def render(_event: object, _recipient: object) -> None: ...

    assert marks_of(render) == (RendererMark(pattern="a", target="email"),)


def test_a_wrapper_that_keeps_its_functions_attributes_keeps_the_mark() -> None:
    def logged(function: Callable[..., object]) -> Callable[..., object]:
        @functools.wraps(function)
        def call(*args: object) -> object:
            return function(*args)

        return call

    @logged
    @renderer("a")
    def render(_event: object, _recipient: object) -> None: ...

    assert marks_of(render) == (RendererMark(pattern="a", target="email"),)


def test_what_was_never_marked_has_no_marks() -> None:
    assert marks_of(plain) == ()
    assert marks_of(42) == ()


def test_an_object_that_invents_attributes_has_no_marks() -> None:
    class Inventive:
        def __getattr__(self, name: str) -> str:
            return name

    assert marks_of(Inventive()) == ()


def test_a_function_may_say_of_several_kinds_whether_they_are_relevant() -> None:
    @still_relevant("a.*")
    @still_relevant("b")
    def wanted(_event: object) -> bool:
        return True

    assert marks_of(wanted) == (RelevanceMark(pattern="b"), RelevanceMark(pattern="a.*"))
    assert wanted(None) is True


def test_the_function_that_yields_the_users_is_marked_without_a_name() -> None:
    @users
    def everybody() -> list[object]:
        return []

    assert marks_of(everybody) == (UsersMark(),)
    assert everybody() == []


def test_a_policy_names_its_target() -> None:
    @error_policy("sms")
    def judge(_error: object, _delivery: object) -> None: ...

    assert marks_of(judge) == (ErrorPolicyMark(target="sms"),)


def test_a_hook_names_its_kinds_and_its_target_or_none() -> None:
    @before_delivery("invoice.*", target="sms")
    @after_delivery()
    def watch(*_: object) -> None: ...

    after = HookMark(when=When.AFTER, pattern="*", target=None)
    assert marks_of(watch) == (after, HookMark(when=When.BEFORE, pattern="invoice.*", target="sms"))


@pytest.mark.parametrize("mark", [before_delivery, after_delivery, after_expansion])
def test_a_hook_for_what_cannot_be_a_target_is_refused(mark: Callable[..., Any]) -> None:
    with pytest.raises(ValueError, match="a target is made of"):
        mark("a", target="E-Mail")


@pytest.mark.parametrize("name", ["", "*", "E-Mail", "a.b"])
def test_a_policy_for_what_cannot_be_a_target_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="a target is made of"):
        error_policy(name)


@pytest.mark.parametrize("mark", [renderer, still_relevant, before_delivery, after_delivery, after_expansion])
@pytest.mark.parametrize("kind", ["*", "a", "a.b", "a.*", "a.b-c.*", "invoice_2.ready"])
def test_exact_kinds_prefixes_and_the_star_are_patterns(mark: Mark, kind: str) -> None:
    mark(kind)


@pytest.mark.parametrize("mark", [renderer, still_relevant, before_delivery, after_delivery, after_expansion])
@pytest.mark.parametrize("kind", ["", "a.", ".a", "*.a", "a*", "a.*.b", "A", "a b", "a/b", "..", "a\n"])
def test_a_pattern_that_no_kind_matches_is_refused(mark: Mark, kind: str) -> None:
    with pytest.raises(ValueError, match=rf"{mark.__name__}\(.*invoice\.ready"):
        mark(kind)


def test_a_target_that_no_event_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="target"):
        renderer("a", target="E-Mail")


def test_an_audience_that_no_event_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="audience"):
        audience("all of them")


@pytest.mark.parametrize("mark", [renderer("a"), still_relevant("a"), audience("a"), users])
def test_a_class_cannot_be_marked(mark: Callable[[type], type]) -> None:
    with pytest.raises(TypeError, match="functions"):
        mark(dict)


@pytest.mark.parametrize("sort", ["", "A", "a:1", "a.", "*", "a\n"])
def test_a_loader_for_what_no_event_can_name_is_refused(sort: str) -> None:
    with pytest.raises(ValueError, match="a sort is made of"):
        loader(sort)
