"""What Alembic runs for every command: the steps, on the connection that the caller opened."""

from alembic import context

from columba_shared.log.revision import VERSION_TABLE
from columba_shared.log.tables import metadata, outbox_metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=[metadata, outbox_metadata],
    version_table=VERSION_TABLE,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
