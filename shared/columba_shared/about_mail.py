"""How events are named that have an object of a Django project say its own mail, by who queues and who imports."""

import hashlib
from typing import Any, Final

from columba_shared.event import MAX_KEY_LENGTH

KINDS: Final = "django.about"
"""What the kinds of such mails begin with: django.about.news.story.render_email."""
AUDIENCE: Final = "django-users"
"""Who gets it is asked once it is due."""
IMMEDIATE: Final = "django.immediate"
"""The kind of mails that the project has finished itself."""


def kind_of(name: str, method: str) -> str:
    """Return the event's kind; ``name`` is the object's, ``news.story:42``, or a model's."""
    return f"{KINDS}.{name.partition(':')[0]}.{method}".lower()


def key_of(name: str, method: str, send_to: str | None, send_to_method: str | None) -> str:
    """Return what is the same for all that replace each other while they wait."""
    whom = f" to {send_to}" if send_to else f" by {send_to_method}" if send_to_method else ""
    key = f"{name} {method}{whom}"
    return key if len(key) <= MAX_KEY_LENGTH else digest_of(name, method, send_to, send_to_method)


def digest_of(name: str, method: str, send_to: str | None, send_to_method: str | None) -> str:
    """Return the same in 64 characters."""
    parts = (name, method, send_to or "", send_to_method or "")
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def context_of(method: str, send_to: str | None, send_to_method: str | None) -> dict[str, Any]:
    """Return what the event says of it, besides what it is about."""
    return {"render_email_method": method, "send_to": send_to, "send_to_method": send_to_method}
