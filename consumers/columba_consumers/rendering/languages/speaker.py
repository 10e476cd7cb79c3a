"""The speaker: in which language the template speaks that is at work in this thread."""

import threading

from columba_consumers.rendering.languages.language import Language


class Speaker(threading.local):
    """Imported macros see no recipient: they, and filters, ask here."""

    language: Language
