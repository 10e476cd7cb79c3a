"""How rendering is bounded: one frozen value, made at the edge."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Self

from columba_shared.settings import Settings

from columba_consumers.rendering.languages.fallback import Fallback

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateLimits:
    """What one template may use while it is rendered once."""

    output: int = MIB
    """Characters in one part."""
    text: int = 16 * MIB
    """Characters made on the way, in all expressions together."""
    steps: int = 1_000_000
    """Rounds of loops, calls, filters and includes, together."""
    range: int = 10_000
    """Numbers in one ``range()``."""
    cpu: timedelta = timedelta(seconds=1)
    """Processor time of its thread: a busy machine makes no template fail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderingSettings:
    """Where the templates are, and how long and with how many threads the app's code may work."""

    folder: Path = Path("templates")
    limits: TemplateLimits = field(default_factory=TemplateLimits)
    deadline: timedelta = timedelta(seconds=30)
    """For one call of an app's renderer."""
    threads: int = 4
    """For the app's renderers that are plain functions; as many again replace those that got stuck."""

    fallback: Fallback = field(default_factory=Fallback)
    """In which language and zone those are spoken to of whom neither is known."""

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Return what the settings say."""
        return cls(
            folder=settings.templates,
            deadline=settings.render_seconds,
            threads=settings.render_threads,
            fallback=Fallback(locale=settings.locale, zone=settings.zone),
        )
