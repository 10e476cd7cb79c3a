"""The app under its old name."""

from django.apps import AppConfig
from django.core.checks import register

from mailer.checks import check_settings


class MailerConfig(AppConfig):
    """Has no tables: those of the original stay as they are, and `columba import django-mailer` reads them."""

    name = "mailer"
    verbose_name = "Mailer"

    def ready(self) -> None:
        """Let Django check the settings that are not looked at any more."""
        register(check_settings)
