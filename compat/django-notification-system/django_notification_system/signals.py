"""That a row was saved, by whatever way; that one was deleted, Django tells."""

from typing import Final

from django.dispatch import Signal

changed: Final = Signal()
