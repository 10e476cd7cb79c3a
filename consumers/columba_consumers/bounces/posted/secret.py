"""A secret that whoever posts has to show, compared in a time that says nothing of how much of it was right."""

import base64
import binascii
from collections.abc import Sequence
from hmac import compare_digest

from columba_consumers.posting.post import Forged, Post


def check_bearer(post: Post, secrets: Sequence[str]) -> None:
    """Raise Forged unless the request shows one of these as `Authorization: Bearer`."""
    _check(_shown(post, "bearer"), secrets)


def check_basic(post: Post, secrets: Sequence[str]) -> None:
    """Raise Forged unless the request shows one of these as the password of `Authorization: Basic`, of any user."""
    try:
        login = base64.b64decode(_shown(post, "basic"), validate=True)
    except (binascii.Error, ValueError):
        login = b""
    _check(login.partition(b":")[2], secrets)


def _shown(post: Post, scheme: str) -> bytes:
    name, _, value = post.headers.get("authorization", "").partition(" ")
    return value.strip().encode() if name.lower() == scheme else b""


def _check(shown: bytes, secrets: Sequence[str]) -> None:
    if not any([compare_digest(shown, each.encode()) for each in secrets]):  # noqa: C419 - in equal time
        raise Forged("the secret is missing or wrong")
