"""How everything here tells, once, what the new way is."""

import warnings


def tell(old: str, new: str) -> None:
    """Warn whoever called the function that calls this."""
    warnings.warn(f"django_notification_system: {old}: with Columba it is {new}", DeprecationWarning, stacklevel=3)
