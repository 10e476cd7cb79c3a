"""The templates: the newest edition of their folder, looked at anew at most once a second."""

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from columba_consumers.rendering.edition import Edition
from columba_consumers.rendering.errors import TemplatesUnreadable, describe
from columba_consumers.rendering.folder import Files, read
from columba_consumers.rendering.languages.fallback import Fallback
from columba_consumers.rendering.settings import TemplateLimits

LOOK_EVERY_SECONDS: Final = 1.0
# Looking at a folder of thousands of files takes a while: never more than a hundredth of the time goes into it.
_REST_PER_LOOK: Final = 100


class Templates:
    """Safe for several threads: one looks at the folder while the others go on with the edition they have."""

    def __init__(
        self,
        folder: Path,
        limits: TemplateLimits | None = None,
        *,
        fallback: Fallback | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._fallback = fallback or Fallback()
        self._limits = limits or TemplateLimits()
        self._clock = clock
        self._looking = threading.Lock()
        self._files: Files = {}
        self._edition: Edition | None = None
        self._look_again_at = 0.0

    def current(self) -> Edition:
        """Return the newest edition, not much older than the folder; raises TemplatesUnreadable."""
        edition = self._edition
        if edition is None:
            with self._looking:
                return self._edition or self._look()
        if self._clock() >= self._look_again_at and self._looking.acquire(blocking=False):
            try:
                return self._look()
            finally:
                self._looking.release()
        return edition

    def anew(self) -> Edition:
        """Look at the folder at once and return the edition of now; raises TemplatesUnreadable."""
        with self._looking:
            return self._look()

    def _look(self) -> Edition:
        began = self._clock()
        edition = self._edition
        try:
            files = read(self._folder, known=self._files)
        except OSError as error:
            # What was read before still stands: a folder that is being replaced is no reason to stop.
            if edition is None:
                raise TemplatesUnreadable(f"the templates in {self._folder}: {describe(error)}") from error
            files = self._files
        if edition is None or files is not self._files:
            edition = Edition(files, folder=self._folder, limits=self._limits, fallback=self._fallback, before=edition)
        self._files, self._edition = files, edition
        ended = self._clock()
        self._look_again_at = ended + max(LOOK_EVERY_SECONDS, (ended - began) * _REST_PER_LOOK)
        return edition
