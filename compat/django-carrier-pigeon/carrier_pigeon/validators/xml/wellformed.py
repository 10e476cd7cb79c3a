"""Whether XML is whole."""

from xml.parsers.expat import ParserCreate

from carrier_pigeon.validators.base import BaseValidator


class WellformedXmlValidator(BaseValidator):
    """Refuses tags that do not match, and those that are never closed."""

    def validate(self) -> bool:
        """Return True; raises what expat raises."""
        ParserCreate("utf-8").Parse(self.output, True)  # noqa: FBT003 - expat's own
        return True
