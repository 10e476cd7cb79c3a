"""What ``{% trans %}``, ``_``, ``ngettext`` and ``pgettext`` do: say a text in the recipient's language, bounded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from jinja2 import Undefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from columba_consumers.rendering.growth import formatted
from columba_consumers.rendering.languages.speaker import Speaker
from columba_consumers.rendering.meter import Meter

PHRASES: Final = frozenset(("_", "gettext", "ngettext", "pgettext", "npgettext"))
"""The names by which a template asks for a translation."""
TONGUES: Final = frozenset(("lang", "dir"))
"""The names by which it asks for the language itself."""

Phrase = Callable[..., str]


def phrases(speaker: Speaker, meter: Meter, *, largest_number: int) -> dict[str, Phrase]:
    """Return the functions by their names."""

    def filled(context: Context, said: str, variables: Mapping[str, Any]) -> str:
        # In one language a text may use a variable, in another not: it is missing in both.
        for value in variables.values():
            if isinstance(value, Undefined):
                str(value)
        if not variables:
            said = said.replace("%%", "%")
        text = Markup(said) if context.eval_ctx.autoescape else said  # noqa: S704 -- the template's own words, or a catalogue's
        if variables:
            meter.allow(formatted(said, (variables,), largest_number=largest_number))
            text = text % variables
        return text

    @pass_context
    def gettext(context: Context, text: str, /, **variables: object) -> str:
        return filled(context, speaker.language.one(str(text)), variables)

    @pass_context
    def pgettext(context: Context, meaning: str, text: str, /, **variables: object) -> str:
        return filled(context, speaker.language.one(str(text), str(meaning)), variables)

    @pass_context
    def ngettext(context: Context, one: str, other: str, num: int, /, **variables: object) -> str:
        said = speaker.language.many(str(one), str(other), _whole(num))
        return filled(context, said, {"num": num, **variables})

    @pass_context
    def npgettext(context: Context, meaning: str, one: str, other: str, num: int, /, **variables: object) -> str:
        said = speaker.language.many(str(one), str(other), _whole(num), str(meaning))
        return filled(context, said, {"num": num, **variables})

    return {
        "_": gettext,
        "gettext": gettext,
        "pgettext": pgettext,
        "ngettext": ngettext,
        "npgettext": npgettext,
        "lang": lambda: speaker.language.tag,
        "dir": lambda: speaker.language.direction,
    }


def _whole(number: object) -> int:
    """Return the number that chooses a form; raises TypeError for what is none, and for what is missing."""
    if isinstance(number, Undefined):
        str(number)
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        raise TypeError(f"a plural needs a number, not {number!r:.40}")
    return abs(int(number))
