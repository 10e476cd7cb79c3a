"""What targets that speak HTTP share: a client, what a reply means for a delivery, and a guard of private addresses."""

from columba_consumers.targets.http.client import HttpClient, Reply, require_client
from columba_consumers.targets.http.guard import AddressGuard, ForbiddenAddress, Network
from columba_consumers.targets.http.replies import broken, refusal, retry_after, told

__all__ = [
    "AddressGuard",
    "ForbiddenAddress",
    "HttpClient",
    "Network",
    "Reply",
    "broken",
    "refusal",
    "require_client",
    "retry_after",
    "told",
]
