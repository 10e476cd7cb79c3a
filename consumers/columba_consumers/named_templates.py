"""Templates by name, for the app's renderers: a message of texts and HTML in one call."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

import msgspec
from columba_shared.event import Event, Recipient

from columba_consumers.email_message import EmailMessage

AT_HAND: ContextVar[Callable[[str, Event, Recipient], object]] = ContextVar("columba_templates")
"""What renders the templates of a folder, while a renderer of the app is at work."""


def email_from(
    folder: str,
    event: Event,
    recipient: Recipient,
    *,
    context: Mapping[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 -- those of EmailMessage, which checks them
) -> EmailMessage:
    """Return the mail that ``folder``'s templates (``email.subject.txt``, ``email.txt``, ``email.html``) make.

    ``folder`` is one in the templates' folder, whether or not there is a kind of that name. ``context`` goes over the
    event's and the recipient's own; ``fields`` are any others of EmailMessage, such as ``attachments``. It is for
    renderers, in whatever thread or coroutine they work. Raises RenderError for the templates, RuntimeError elsewhere.
    """
    render = AT_HAND.get(None)
    if render is None:
        raise RuntimeError("email_from is for the app's renderers, while Columba calls them")
    told = msgspec.structs.replace(recipient, context={**recipient.context, **(context or {})})
    made = render(folder, event, told)
    if not isinstance(made, EmailMessage):
        raise TypeError(f"email_from is for renderers whose target is email, not {event.target}")
    return msgspec.structs.replace(made, **fields)
