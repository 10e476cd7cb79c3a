"""Whether XML is as a schema says."""

from lxml import etree

from carrier_pigeon.validators.base import BaseValidator


class SchemaXmlValidator(BaseValidator):
    """The maker's `xsd` is the path."""

    def validate(self) -> bool:
        """Return True; raises what lxml raises."""
        schema = etree.XMLSchema(file=str(self.outputmaker.xsd))  # type: ignore[attr-defined] # the app's makers have it
        schema.assertValid(etree.XML(self.output, etree.XMLParser(resolve_entities=False, no_network=True)))
        return True
