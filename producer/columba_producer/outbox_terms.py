"""How an app's outboxes are made, once for all of its transactions; needs SQLAlchemy."""

from dataclasses import dataclass
from typing import Self

from columba_shared.blobs.store import BlobStore
from columba_shared.settings import Settings
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from columba_producer.blobs import open_blobs
from columba_producer.contract import Contract
from columba_producer.outbox import Outbox


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxTerms:
    """What the settings say of all outboxes."""

    name: str
    targets: tuple[str, ...]
    contract: Contract | None
    blobs: BlobStore | None
    attachments_mib: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Read the contract and prepare the blob store that the settings name."""
        return cls(
            name=settings.producer,
            targets=settings.targets,
            contract=None
            if settings.contract is None
            else Contract.read(settings.contract, setting="COLUMBA_CONTRACT"),
            blobs=open_blobs(settings.blobs, timeout=settings.confirm_timeout) if settings.blobs else None,
            attachments_mib=settings.attachments_mib,
        )

    def open(self, transaction: Session | Connection) -> Outbox:
        """Return the outbox of a transaction."""
        return Outbox(
            transaction,
            name=self.name,
            targets=self.targets,
            contract=self.contract,
            blobs=self.blobs,
            attachments_mib=self.attachments_mib,
        )

    def close(self) -> None:
        """Let go of the blob store."""
        if self.blobs is not None:
            self.blobs.close()
