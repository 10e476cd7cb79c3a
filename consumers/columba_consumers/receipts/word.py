"""What a provider says later of one message."""

from dataclasses import dataclass
from uuid import UUID

from columba_shared.log.bounce import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """It proves that the provider has the message; ``finding`` says why it did not arrive, None that it may have."""

    delivery_id: UUID
    provider: str
    told: str
    code: str | None = None
    finding: Finding | None = None
