"""The app under its old name; what its rows say is told to Columba as they are saved."""

import warnings

from django.apps import AppConfig


class Config(AppConfig):
    """Stands in INSTALLED_APPS as "django_notification_system"."""

    name = "django_notification_system"
    verbose_name = "Notifications"

    def ready(self) -> None:
        """Tell once what the new way is, and listen to the models."""
        from django_notification_system import telling  # noqa: PLC0415 - needs the models

        warnings.warn(
            "django_notification_system: with Columba it is columba_producer.django.notifications and the address book",
            DeprecationWarning,
            stacklevel=2,
        )
        telling.listen()
