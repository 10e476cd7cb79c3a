"""XML as other people wrote it, read without doing what it asks for: no files, no network, no bombs."""

import io
from pathlib import Path
from typing import Final, Protocol

from lxml import etree

_MAX_SHOWN: Final = 300
_MAX_ENTITY: Final = 10_000


class Schema(Protocol):
    """What a document may have to fit: a DTD or an XML Schema."""

    @property
    def error_log(self) -> etree._ListErrorLog:
        """What was wrong with the last document."""

    def validate(self, etree: object) -> bool:
        """Tell whether a document fits."""


def parsed(content: bytes) -> etree._ElementTree:
    """Return the document; raises ValueError for what is not well-formed, and for entities that are none of its own.

    libxml2 itself bounds what entities grow to; those that hold others, or lie elsewhere, are refused before any is
    replaced.
    """
    document = _read(content, entities=False)
    declared = document.docinfo.internalDTD
    entities = [] if declared is None else list(declared.iterentities())
    for entity in entities:
        if entity.content is None:
            raise ValueError(f"declares the external entity {entity.name!r:.60}: nothing is fetched for a file")
        if "&" in entity.content or "%" in entity.content:
            raise ValueError(f"declares the entity {entity.name!r:.60}, which holds others: such grow without end")
        if len(entity.content) > _MAX_ENTITY:
            raise ValueError(f"declares the entity {entity.name!r:.60} of more than {_MAX_ENTITY:,} characters")
    return _read(content, entities=True) if entities else document


def dtd(path: Path) -> Schema:
    """Read a DTD and the files that it consists of; raises ValueError, or OSError."""
    # Whether it is there and may be read is told by the system, and not by lxml.
    path.open("rb").close()
    try:
        # By its path: the other parts are found from there.
        schema: Schema = etree.DTD(str(path.absolute()))
    except etree.LxmlError as error:
        raise ValueError(f"{path} is no DTD: {error}") from error
    _must_be_whole(path, schema)
    return schema


def xsd(path: Path) -> Schema:
    """Read an XML Schema and those that it imports; raises ValueError, or OSError."""
    try:
        with path.open("rb") as file:
            document = etree.parse(file, _parser(entities=False), base_url=str(path.absolute()))
        schema: Schema = etree.XMLSchema(document)
    except etree.LxmlError as error:
        raise ValueError(f"{path} is no XML Schema: {error}") from error
    _must_be_whole(path, schema)
    return schema


def must_fit(schema: Schema, document: etree._ElementTree) -> None:
    """Raise ValueError, with the first thing that is wrong, for a document that does not fit."""
    if not schema.validate(document):
        first = next(iter(schema.error_log), None)
        raise ValueError("does not fit" if first is None else f"line {first.line}: {first.message[:_MAX_SHOWN]}")


def _must_be_whole(path: Path, schema: Schema) -> None:
    """Raise ValueError when a part could not be read: libxml2 goes on without it, and lets more pass."""
    for entry in schema.error_log:
        if entry.domain_name == "IO" or entry.type_name == "SCHEMAP_WARN_UNLOCATED_SCHEMA":
            raise ValueError(f"{path} is not whole: {entry.message[:_MAX_SHOWN]}; keep all its parts on this machine")


def _read(content: bytes, *, entities: bool) -> etree._ElementTree:
    try:
        return etree.parse(io.BytesIO(content), _parser(entities=entities))
    except etree.LxmlError as error:
        raise ValueError(f"is not well-formed: {str(error)[:_MAX_SHOWN]}") from error


def _parser(*, entities: bool) -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=entities, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False
    )
