"""The Django app: what belongs to the project is made once, when it is first needed."""

from functools import cached_property
from typing import TYPE_CHECKING

from columba_shared.errors import InvalidSettings
from django.apps import AppConfig
from django.core.checks import register
from django.core.signals import setting_changed
from django.db.models.signals import post_migrate

from columba_producer.django.checks import check_settings
from columba_producer.django.configuration import NAME, Configuration
from columba_producer.django.project_producer import ProjectProducer
from columba_producer.django.signals import connect
from columba_producer.django.upkeep import after_migrate
from columba_producer.rules.discovery import found_in
from columba_producer.rules.registry import Rules

if TYPE_CHECKING:
    from columba_producer.django.rules.attaching import Attached


class ColumbaConfig(AppConfig):
    """Holds the project's producer and its rules."""

    name = "columba_producer.django"
    label = "columba"
    verbose_name = "Columba"
    default_auto_field = "django.db.models.BigAutoField"

    @cached_property
    def producer(self) -> ProjectProducer:
        """The project's producer, shared by its threads and forked processes; raises InvalidSettings."""
        return ProjectProducer(Configuration.from_settings())

    @cached_property
    def rules(self) -> Rules:
        """The project's rules, those that RULES names; raises InvalidSettings, InvalidSetting and InvalidRule."""
        return Rules(found_in(Configuration.from_settings().settings.rules or (), setting="COLUMBA_RULES"))

    def ready(self) -> None:
        """Let Django check the settings, and tests change them; let signals queue mail and set the rules to work."""
        register(check_settings)
        setting_changed.connect(self._changed, dispatch_uid="columba")
        post_migrate.connect(after_migrate, sender=self, dispatch_uid="columba")
        connect()
        self.follow_rules()

    def follow_rules(self) -> None:
        """Follow the models that the rules are about; needed again when one was added at run time."""
        try:
            rules = self.rules
        except InvalidSettings:
            return  # `manage.py check` tells of it, and so does whatever is enqueued
        if len(rules):
            self._attached.follow()

    @cached_property
    def _attached(self) -> "Attached":
        from columba_producer.django.rules.attaching import Attached  # noqa: PLC0415 - models come after apps

        return Attached(self.rules, lambda: self.producer)

    def _changed(self, *, setting: str, **_: object) -> None:
        if setting != NAME:
            return
        if "producer" in self.__dict__:
            self.producer.close()
            del self.producer
        if "_attached" in self.__dict__:
            self._attached.detach()
            del self._attached
        self.__dict__.pop("rules", None)
        self.follow_rules()
