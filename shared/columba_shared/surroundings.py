"""What a framework wants done around the app's code where consumers call it: a Django project's connections, say.

Packages bring theirs by an entry point, ``name = "package.module:function"``. The function is called once, before the
app's module is imported, and returns what is to be done, or None where its framework is not in use.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

GROUP: Final = "columba.surroundings"


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What is called when.

    ``around``: before and after each function of the app's, in its thread; ``awaited``: in the event loop, before and
    after each coroutine; ``leaving``: in a thread in which nothing of the app will be called any more.
    """

    around: Callable[[], None]
    awaited: Callable[[], Awaitable[None]]
    leaving: Callable[[], None]
