"""What targets that speak FTP share: what a reply means for a delivery."""

from columba_consumers.targets.ftp.replies import Phase, broken, refusal

__all__ = ["Phase", "broken", "refusal"]
