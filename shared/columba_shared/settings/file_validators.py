"""Which validators the files of a kind have to pass."""

import re
from typing import Final, NamedTuple

WELL_FORMED: Final = "well-formed"
_FORM: Final = f"a validator is {WELL_FORMED}, dtd:PATH, xsd:PATH or MODULE:FUNCTION"
_OWN: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*")
_KIND: Final = re.compile(r"\*|[a-z0-9_-]+(\.[a-z0-9_-]+)*(\.\*)?")


class Ruling(NamedTuple):
    """The validators that the files of a kind, or of those below ``kind.*``, have to pass."""

    pattern: str
    validators: tuple[str, ...]

    def __str__(self) -> str:
        """Show it as it is set."""
        return f"{self.pattern}={','.join(self.validators)}"

    def is_for(self, kind: str) -> bool:
        """Tell whether it is about this kind."""
        return self.pattern in {"*", kind} or (self.pattern.endswith(".*") and kind.startswith(self.pattern[:-1]))


def rulings(value: str) -> tuple[Ruling, ...]:
    """Take validators for kinds, such as ``invoice.*=well-formed,xsd:invoice.xsd; news.*=shop.checks:news``."""
    return tuple(map(_ruling, filter(None, (part.strip() for part in value.split(";")))))


def _ruling(text: str) -> Ruling:
    pattern, equals, rest = (part.strip() for part in text.partition("="))
    named = tuple(part.strip() for part in rest.split(","))
    if not equals or not _KIND.fullmatch(pattern):
        raise ValueError("must be kinds with their validators, such as invoice.*=well-formed,xsd:schemas/invoice.xsd")
    for each in named:
        require_form(each)
    return Ruling(pattern, named)


def require_form(validator: str) -> None:
    """Raise ValueError unless this may be a validator; whether there is such a one, the consumers find out."""
    known = validator == WELL_FORMED or _OWN.fullmatch(validator)
    if not known and not (validator.startswith(("dtd:", "xsd:")) and len(validator) > len("xsd:")):
        raise ValueError(f"{validator!r:.80}: {_FORM}")
