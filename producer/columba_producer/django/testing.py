"""For a project's tests: what has been enqueued in them, as it would be delivered."""

from django.db import connections

from columba_producer.django.publishing import producer
from columba_producer.django.tables import TABLE
from columba_producer.testing import MemoryProducer


def enqueued() -> MemoryProducer:
    """Return what is in the outbox: all that the test has enqueued and not rolled back, in this database.

    While Django keeps mails in memory, as its test runner has it, everything goes to the outbox, whatever broker the
    settings name; so this is all there is. It is asked as any `MemoryProducer` is: ``enqueued().assert_sent(…)``. Each
    call looks anew. Raises what the database raises.
    """
    configuration = producer().configuration
    found = MemoryProducer.from_settings(configuration.settings)
    with connections[configuration.outbox].cursor() as cursor:
        cursor.execute(f"SELECT body FROM {TABLE} ORDER BY id")  # noqa: S608 - no value in it
        found.take(bytes(body) for (body,) in cursor.fetchall())
    return found
