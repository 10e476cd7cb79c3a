"""A mail that the app has finished, as its renderer returns it; the class is shared with producers."""

from columba_shared.raw_email import RawEmail

__all__ = ["RawEmail"]
