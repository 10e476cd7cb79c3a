"""Packers: files as they go out."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from carrier_pigeon.configuration import DefaultConfiguration


class BasePacker:
    """Is given the files that output makers have made."""

    def __init__(self, configuration: DefaultConfiguration, files: Iterable[str]) -> None:
        """Keep each once."""
        self.configuration = configuration
        self.files = dict.fromkeys(files)

    def pack(self) -> list[str]:
        """Return the files that go out."""
        raise NotImplementedError

    def get_tmp_relative_file_name(self, file_path: str) -> str:
        """Return where a file lies in the rule's folder."""
        return os.path.relpath(file_path, self.configuration.tmp_directory)


class FlatPacker(BasePacker):
    """Leaves them as they are."""

    def pack(self) -> list[str]:
        """Move them into the outbox."""
        moved = []
        for each in self.files:
            place = Path(self.configuration.outbox_directory, self.get_tmp_relative_file_name(each))
            place.parent.mkdir(parents=True, exist_ok=True)
            moved.append(shutil.move(each, str(place)))
        return moved


class ZIPPacker(BasePacker):
    """Makes one ZIP of them, which has their folders."""

    @property
    def archive_name(self) -> str:
        """The configuration's own name for it, or that of the rule."""
        return str(getattr(self.configuration, "archive_name", f"{self.configuration.name}.zip"))

    def pack(self) -> list[str]:
        """Write the ZIP into the outbox."""
        place = Path(self.configuration.outbox_directory, self.archive_name)
        place.parent.mkdir(parents=True, exist_ok=True)
        with ZipFile(place, "w", compression=ZIP_DEFLATED) as archive:
            for each in self.files:
                archive.write(each, self.get_tmp_relative_file_name(each))
        return [str(place)]
