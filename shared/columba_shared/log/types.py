"""Column types that mean the same on every database."""

from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import DateTime, LargeBinary, String, Uuid
from sqlalchemy.dialects.mysql import DATETIME, LONGBLOB
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine


class UtcDateTime(TypeDecorator[datetime]):
    """A moment: aware in Python, UTC in the database, to the microsecond on every database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """MySQL and MariaDB keep whole seconds unless told otherwise."""
        if dialect.name in {"mysql", "mariadb"}:
            return dialect.type_descriptor(DATETIME(fsp=6))
        return dialect.type_descriptor(DateTime(timezone=dialect.name == "postgresql"))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a naive moment; store UTC, without the zone where the database has none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}: the log keeps aware moments only")
        moment = value.astimezone(UTC)
        return moment if dialect.name == "postgresql" else moment.replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give back what was stored, aware."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


# MariaDB has a UUID type only under the name mariadb://, MySQL has none: the same 32 characters under both names.
Id = Uuid().with_variant(Uuid(native_uuid=False), "mysql", "mariadb")
Body = LargeBinary().with_variant(LONGBLOB(), "mysql", "mariadb")
Word = String(20)
Name = String(100)
Address = String(500)
Key = String(200)
Domain = String(255)
Sha256 = String(64)
BlobName = String(80)
MAX_TEXT: Final = 500
"""What is longer is cut before it is kept: reasons, replies, why somebody did something."""
Text = String(MAX_TEXT)


def fitting(text: str) -> str:
    """Return the text as every database can keep it: no longer, and without the characters that one of them refuses."""
    return text[:MAX_TEXT].replace("\0", "\ufffd").encode(errors="replace").decode()
