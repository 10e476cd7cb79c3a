"""The outbox in an app's own database, where it lives without the rest of the log."""

from sqlalchemy import Engine

from columba_shared.log.exclusion import exclusive
from columba_shared.log.tables import outbox_metadata


def create_outbox(engine: Engine) -> None:
    """Create the outbox alone, in an app's own database, unless it is there."""
    with exclusive(engine) as connection:
        outbox_metadata.create_all(connection)
