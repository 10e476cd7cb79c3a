"""What validators are, and what becomes of their no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carrier_pigeon.output_makers import BaseOutputMaker


class Invalid(ValueError):
    """A validator has said no."""


class BaseValidator:
    """Is given what a maker has made."""

    def __init__(self, output: Any, outputmaker: BaseOutputMaker) -> None:
        """Keep both."""
        self.output = output
        self.outputmaker = outputmaker

    def validate(self) -> bool:
        """Return whether it may go; raising says no, too."""
        raise NotImplementedError


def refuse_unless_valid(output: Any, maker: BaseOutputMaker) -> None:
    """Raise Invalid, which names the file, the validator and what is wrong, at the first that says no."""
    for validator in maker.validators:
        name = getattr(validator, "__name__", repr(validator))
        try:
            answer = validator(output, maker).validate()
        # Whatever it raises is its no, and the reason that people read.
        except Exception as error:
            raise Invalid(f"{maker.final_file_name}: {name}: {type(error).__name__}: {error}") from error
        if not answer:
            raise Invalid(f"{maker.final_file_name}: {name} says no")
