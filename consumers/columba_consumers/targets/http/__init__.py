"""What targets that speak HTTP share: what a reply means for a delivery."""

from columba_consumers.targets.http.replies import broken, refusal, retry_after

__all__ = ["broken", "refusal", "retry_after"]
