"""The Django app: what belongs to the project is made once, when it is first needed."""

from functools import cached_property

from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import setting_changed
from django.db.models.signals import post_migrate

from columba_producer.django.checks import check_settings
from columba_producer.django.configuration import NAME, Configuration
from columba_producer.django.project_producer import ProjectProducer
from columba_producer.django.upkeep import after_migrate


class ColumbaConfig(AppConfig):
    """Holds the project's producer."""

    name = "columba_producer.django"
    label = "columba"
    verbose_name = "Columba"

    @cached_property
    def producer(self) -> ProjectProducer:
        """The project's producer, shared by its threads and forked processes; raises InvalidSettings."""
        return ProjectProducer(Configuration.from_settings())

    def ready(self) -> None:
        """Let Django check the settings, and tests change them."""
        register(check_settings)
        setting_changed.connect(self._changed, dispatch_uid="columba")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="columba")

    def _changed(self, *, setting: str, **_: object) -> None:
        if setting == NAME and "producer" in self.__dict__:
            self.producer.close()
            del self.producer
