"""The email backend under its old name."""

from typing import Any

from columba_producer.django.backend import EmailBackend

from mailer.deprecated import tell


class DbBackend(EmailBackend):
    """Queues every mail, as Columba's backend does."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        """Prepare; nothing is opened."""
        tell("mailer.backend.DbBackend", "columba_producer.django.EmailBackend")
        super().__init__(*arguments, **options)
