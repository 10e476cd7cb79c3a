"""The suppression list for apps: `SuppressionList("postgresql://…").suppress("bob@example.org")`; needs SQLAlchemy."""

from columba_shared.log.audit import Author
from columba_shared.log.suppression_list import Lifted, Suppressed, SuppressionList
from columba_shared.log.suppressions import Listed, Source, Suppression

__all__ = ["Author", "Lifted", "Listed", "Source", "Suppressed", "Suppression", "SuppressionList"]
