"""Configurations: which things are pushed, where to, and packed how."""

import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from django.conf import settings

from carrier_pigeon.packers import BasePacker, FlatPacker
from carrier_pigeon.supervisors import BaseSupervisor, SupervisorByConfiguration
from carrier_pigeon.validators.base import refuse_unless_valid

logger = logging.getLogger("carrier_pigeon.configuration")

_WORKSHOP: Final[ContextVar[Path | None]] = ContextVar("carrier_pigeon_workshop", default=None)


@contextmanager
def workshop() -> Iterator[None]:
    """Have a folder of one's own to make files in, whatever others make meanwhile or have left."""
    with TemporaryDirectory(prefix="carrier-pigeon-") as folder:
        token = _WORKSHOP.set(Path(folder))
        try:
            yield
        finally:
            _WORKSHOP.reset(token)


class DefaultConfiguration:
    """Derive from one of the two below; this one alone is for filters that stand on the configuration itself."""

    packer: type[BasePacker] = FlatPacker

    @property
    def name(self) -> str:
        """How the rule is called."""
        return type(self).__name__.lower()

    @property
    def push_urls(self) -> Sequence[str]:
        """Where its files go."""
        return tuple(getattr(settings, "CARRIER_PIGEON_PUSH_URLS", {}).get(self.name, ()))

    @property
    def is_sequential(self) -> bool:
        """Whether saving pushes."""
        return hasattr(self, "filter_by_instance_type")

    @property
    def root_directory(self) -> str:
        """Where its files are made and packed; while a consumer does, a folder of its own."""
        inside = _WORKSHOP.get() or settings.CARRIER_PIGEON_OUTPUT_DIRECTORY
        return os.path.join(inside, self.name)  # noqa: PTH118 - makers of the app's join it to strings

    @property
    def tmp_directory(self) -> str:
        """Where output makers put files."""
        return os.path.join(self.root_directory, "tmp")  # noqa: PTH118 - as above

    @property
    def outbox_directory(self) -> str:
        """Where packers put files."""
        return os.path.join(self.root_directory, "outbox")  # noqa: PTH118 - as above

    def initialize_push(self) -> None:
        """Prepare whatever is needed, before the files of an event are made."""

    def get_supervisor_for_item(self, item: Any) -> BaseSupervisor | None:
        """Return who knows what is to be made of a thing."""
        if hasattr(self, "filter_by_instance_type"):
            return SupervisorByConfiguration(self, item)
        raise NotImplementedError("You must implement this method.")

    def output_files_from_item(self, item: Any, row: Any = None) -> list[str]:
        """Make the files of a thing and of those related to it, each thing once, and return their paths."""
        del row
        return list(dict.fromkeys(self._made(item, set())))

    def _made(self, item: Any, seen: set[Any]) -> Iterator[str]:
        if item in seen or item is None:
            return
        seen.add(item)
        supervisor = self.get_supervisor_for_item(item)
        if supervisor is None:
            return
        for maker in supervisor.get_output_makers():
            output = maker.output()
            if output:
                refuse_unless_valid(output, maker)
                Path(maker.local_final_directory).mkdir(parents=True, exist_ok=True)
                path = maker.release(output)
                yield from [path] if path else []
        for related in supervisor.get_related_items():
            yield from self._made(related, seen)

    def process_item(self, item: Any, row: Any = None) -> list[str]:
        """Return the files of a thing."""
        return self.output_files_from_item(item, row)

    def pack(self, files: Iterable[str]) -> list[str]:
        """Return the files that go out, in the outbox."""
        listed = list(files)
        return self.packer(self, listed).pack() if listed else []


class SequentialPusherConfiguration(DefaultConfiguration):
    """Whatever of its things is saved goes out by itself."""

    is_sequential = True


class MassPusherConfiguration(DefaultConfiguration):
    """Its things go out together, by `manage.py pigeon_mass_push <name>`."""

    is_sequential = False

    def get_items_to_push(self, *arguments: str) -> Iterable[Any]:  # noqa: ARG002 - for those who implement it
        """Return the things; implement it."""
        return []
