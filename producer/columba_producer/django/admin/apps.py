"""The app that brings the log into the admin."""

from django.apps import AppConfig
from django.core.checks import register

from columba_producer.django.admin.checks import check_neighbours


class ColumbaAdminConfig(AppConfig):
    """Has pages and permissions, and no tables."""

    name = "columba_producer.django.admin"
    label = "columba_admin"
    verbose_name = "Columba"

    def ready(self) -> None:
        """Let Django look for what the pages need."""
        register(check_neighbours)
