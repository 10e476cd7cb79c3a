"""What the files target is made of, once its settings are read."""

from dataclasses import dataclass, field
from typing import Final

from columba_shared.settings.file_destinations import Destinations
from columba_shared.settings.file_validators import Ruling

MAX_SIZE: Final = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class FilesSettings:
    """The values of COLUMBA_FILES_…."""

    destinations: Destinations = field(default_factory=Destinations)
    validators: tuple[Ruling, ...] = ()
    max_size: int = MAX_SIZE
