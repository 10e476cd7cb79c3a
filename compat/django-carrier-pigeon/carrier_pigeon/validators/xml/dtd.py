"""Whether XML is as a DTD says."""

from lxml import etree

from carrier_pigeon.validators.base import BaseValidator, Invalid


class DtdXmlValidator(BaseValidator):
    """The maker's `dtd` is the path."""

    def validate(self) -> bool:
        """Return True; raises Invalid with the first fault."""
        dtd = etree.DTD(str(self.outputmaker.dtd))  # type: ignore[attr-defined] # the app's makers have it
        if not dtd.validate(etree.XML(self.output, etree.XMLParser(resolve_entities=False, no_network=True))):
            raise Invalid(str(next(iter(dtd.error_log), "not as the DTD says")))
        return True
