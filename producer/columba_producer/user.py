"""Somebody whom the address book knows; the class is shared with the apps' modules."""

from columba_shared.user import User

__all__ = ["User"]
