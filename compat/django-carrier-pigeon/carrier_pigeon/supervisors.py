"""Supervisors: what is to be made of one thing, and whether it may go out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from carrier_pigeon.configuration import DefaultConfiguration
    from carrier_pigeon.output_makers import BaseOutputMaker


class BaseSupervisor:
    """A filter that is not written restricts nothing."""

    def __init__(self, configuration: DefaultConfiguration, instance: Any) -> None:
        """Keep both."""
        self.configuration = configuration
        self.instance = instance

    def filter_by_instance_type(self) -> bool:
        """Whether such a thing goes out at all."""
        return True

    def filter_by_updates(self) -> bool:
        """Whether what has changed is worth it; not asked of what is new."""
        return True

    def filter_by_state(self) -> bool:
        """Whether it may go out as it is now."""
        return True

    def get_output_makers(self) -> Sequence[BaseOutputMaker]:
        """Return what makes its files."""
        raise NotImplementedError("You must implement it.")

    def post_select(self, instance: Any) -> None:
        """Do what is to be done once the thing is queued."""

    def get_related_items(self) -> Sequence[Any]:
        """Return other things whose files go along."""
        return []


class SupervisorByConfiguration(BaseSupervisor):
    """Of a configuration that has the filters itself, as the README of django-carrier-pigeon shows it."""

    def filter_by_instance_type(self) -> bool:
        """Ask it."""
        return bool(self._asked("filter_by_instance_type"))

    def filter_by_updates(self) -> bool:
        """Ask it."""
        return bool(self._asked("filter_by_updates"))

    def filter_by_state(self) -> bool:
        """Ask it."""
        return bool(self._asked("filter_by_state"))

    def get_output_makers(self) -> Sequence[BaseOutputMaker]:
        """Make one file by a template."""
        from carrier_pigeon.output_makers import OutputMakerByConfiguration  # noqa: PLC0415 - it imports this

        return [OutputMakerByConfiguration(self.configuration, self.instance)]

    def _asked(self, name: str) -> Any:
        question = getattr(self.configuration, name, None)
        return True if question is None else question(self.instance)
