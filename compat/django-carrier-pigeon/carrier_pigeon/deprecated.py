"""What is said to whoever still calls by an old name."""

import warnings


def tell(old: str, new: str) -> None:
    """Tell the caller's caller, which Python shows once for each place."""
    warnings.warn(f"{old} is django-carrier-pigeon's; from now on {new}", DeprecationWarning, stacklevel=3)
