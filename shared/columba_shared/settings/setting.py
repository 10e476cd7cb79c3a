"""One setting as a row of the table: its name, default, how its text is read, and what it is for."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

PREFIX = "COLUMBA_"


class Origin(StrEnum):
    """Where a value came from."""

    ENVIRONMENT = "environment"
    ENV_FILE = "env file"
    SECRET_FILE = "secret file"  # noqa: S105 - an origin, no secret
    DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A variable that Columba reads. ``parse`` raises ValueError with the fix; an empty text means "not set"."""

    name: str
    default: str
    parse: Callable[[str], object]
    help: str
    secret: bool = False
    shown_default: str | None = None
    target: str | None = None
    """The one target that it is about; None: all of them, or none."""

    @property
    def field(self) -> str:
        """The name of its field in Settings; for one of a target, behind the target's name, in TargetSettings."""
        return self.name.removeprefix(PREFIX).lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """The text of one setting as it was found, and where."""

    text: str
    origin: Origin
    place: str = ""
