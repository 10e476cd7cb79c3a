"""How an error is told in one line."""

import pytest
from columba_consumers.outcome import Stage
from columba_consumers.rendering.errors import MAX_DESCRIPTION, RenderError, describe, one_line


def test_a_description_is_one_line_without_control_characters() -> None:
    assert one_line("a\r\nb\x00\x1b[31mc\u2028d") == "a b [31mc d"


def test_a_description_is_bounded() -> None:
    assert len(one_line("x" * 10_000)) == MAX_DESCRIPTION
    assert len(RenderError("x" * 10_000).description) == MAX_DESCRIPTION


def test_an_exception_is_described_by_type_and_text() -> None:
    assert describe(KeyError("x")) == "KeyError: 'x'"


def test_an_exception_without_text_is_described_by_its_type() -> None:
    assert describe(ValueError()) == "ValueError"


def test_an_exception_that_cannot_describe_itself_is_described_by_its_type() -> None:
    class Shy(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    assert describe(Shy()) == "Shy"


@pytest.mark.parametrize("error", [RenderError, *RenderError.__subclasses__()])
def test_every_error_of_rendering_names_its_stage(error: type[RenderError]) -> None:
    assert error("x").stage is Stage.RENDER
