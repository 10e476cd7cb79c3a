"""How an app's outboxes are made, once for all of its transactions; needs SQLAlchemy."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

from columba_shared.blobs.store import BlobStore
from columba_shared.log.tables import outbox
from columba_shared.settings import Settings
from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

from columba_producer.blobs import LateBlobs, named_log, open_blobs
from columba_producer.contract import Contract
from columba_producer.creation import Creation
from columba_producer.database_place import DatabasePlace, place_of_url
from columba_producer.enclosing import Enclosing
from columba_producer.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTerms:
    """What the settings say of all outboxes."""

    name: str
    targets: tuple[str, ...]
    contract: Contract | None
    blobs: BlobStore | None
    """The place that was named for large attachments."""
    log: BlobStore | None = None
    """The log's database, if it was named; where a transaction is in that, they go with the transaction."""
    log_place: DatabasePlace | None = None
    attachments_mib: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the contract and prepare the blob store that the settings name."""
        log, timeout = named_log(settings), settings.confirm_timeout
        return cls(
            name=settings.producer,
            targets=settings.targets,
            contract=Contract.of_settings(settings),
            blobs=open_blobs(settings.blobs, timeout=timeout) if settings.blobs else None,
            log=None if log is None else LateBlobs(log, timeout=timeout),
            log_place=None if log is None else place_of_url(log),
            attachments_mib=settings.attachments_mib,
        )

    def open(self, transaction: Session | Connection) -> Outbox:
        """Return the outbox of a transaction."""
        return Outbox(
            transaction,
            name=self.name,
            targets=self.targets,
            contract=self.contract,
            blobs=self.store_beside(transaction),
            attachments_mib=self.attachments_mib,
        )

    def store_beside(self, transaction: Session | Connection) -> BlobStore | None:
        """Return where large attachments go, which is elsewhere; None: into the transaction, if anywhere."""
        if self.blobs is not None or self.log is None:
            return self.blobs
        return None if _place_of(transaction) == self.log_place else self.log

    def creation(self, store: Callable[[], BlobStore | None]) -> Creation:
        """Return what makes events, whose large attachments go to this store."""
        enclosing = Enclosing(store=store, most_mib=self.attachments_mib)
        return Creation(producer=self.name, targets=self.targets, contract=self.contract, enclosing=enclosing)

    def close(self) -> None:
        """Let go of the blob stores."""
        for store in (self.blobs, self.log):
            if store is not None:
                store.close()


def _place_of(transaction: Session | Connection) -> DatabasePlace | None:
    bind = transaction.engine if isinstance(transaction, Connection) else transaction.get_bind(clause=outbox)
    engine: Engine = bind.engine
    return place_of_url(engine.url.render_as_string(hide_password=False))
