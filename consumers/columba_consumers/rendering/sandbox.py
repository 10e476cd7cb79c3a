"""The sandbox: Jinja2 with strict variables, no way out of its folder, and a meter on whatever can grow or go on.

What is bounded: a loop's rounds, calls (macros included), filters, includes, ``range``, text made by operators,
by ``~``, by methods, by filters and in captured blocks, and the processor time between two such steps. What is not:
a single builtin operation on text that is within these bounds runs to its end, and a list may hold many references
to one long text. That suffices against mistakes and careless edits. Who lets strangers write templates needs a
memory limit of the operating system around the process as well.
"""

from collections.abc import Iterable
from typing import Any, Final

from jinja2 import BaseLoader, StrictUndefined, Template, nodes
from jinja2.environment import TemplateModule
from jinja2.ext import InternationalizationExtension
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from columba_consumers.rendering.filters import joinable, metered_filters
from columba_consumers.rendering.growth import GROWING, added, formatted, multiplied, raised, result_of, size_of
from columba_consumers.rendering.languages.formats import formats
from columba_consumers.rendering.languages.phrases import phrases
from columba_consumers.rendering.languages.speaker import Speaker
from columba_consumers.rendering.languages.speaking import leads_on, speaks
from columba_consumers.rendering.meter import Meter, TooMuchWork
from columba_consumers.rendering.rewriter import Rewriter
from columba_consumers.rendering.settings import TemplateLimits

ESCAPED_SUFFIXES: Final = (".html", ".htm", ".xml", ".mjml")


class _Template(Template):
    """A template whose macros, when it is imported, are of the language that is spoken."""

    def _get_default_module(self, ctx: Context | None = None) -> TemplateModule:
        """Return the module; Jinja keeps it for good, so one that speaks is made anew each time."""
        if isinstance(self.environment, Sandbox) and self.environment.speaks(self.name):
            return self.make_module()
        return super()._get_default_module(ctx)


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment for templates that are trusted to mean well, not to do well."""

    template_class = _Template
    intercepted_binops = frozenset(("+", "*", "**", "%"))

    def __init__(self, loader: BaseLoader, limits: TemplateLimits, meter: Meter) -> None:
        super().__init__(
            loader=loader,
            undefined=StrictUndefined,
            autoescape=is_escaped,
            auto_reload=False,
            cache_size=-1,
            finalize=self._printed,
            # A line that holds only a tag leaves no line behind, and a text ends as its file does.
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self.meter = meter
        self.speaker = Speaker()
        self._speaking: set[str | None] = set()
        self._limits = limits
        self.add_extension(InternationalizationExtension)
        # The extension's own functions know one language for all, and no bounds.
        self.newstyle_gettext = True
        self.globals |= phrases(self.speaker, meter, largest_number=limits.range)
        self.globals["range"] = self._range
        del self.globals["lipsum"]
        self.filters = metered_filters(self.filters | formats(self.speaker), meter, largest_number=limits.range)

    def call(self, context: Context, function: object, /, *args: Any, **kwargs: object) -> object:  # noqa: ANN401 -- a template passes what it likes
        """Call a macro, a method or a function as one step, within bounds."""
        self.meter.step()
        method = getattr(function, "__wrapped__", function)
        owner, name = getattr(method, "__self__", None), getattr(method, "__name__", "")
        if isinstance(owner, (str, bytes, int)):
            if name == "join":
                args = (joinable(self.meter, *args, separator=owner),)
            elif name in GROWING:
                given = (*args, *kwargs.values())
                self.meter.allow(result_of(name, owner, given, largest_number=self._limits.range))
        result: object = super().call(context, function, *args, **kwargs)
        self.meter.charge(size_of(result))
        return result

    def call_binop(self, context: Context, operator: str, left: object, right: object) -> object:
        """Apply an operator once it is known not to make too much."""
        if operator == "%" and isinstance(left, (str, bytes)):
            self.meter.allow(formatted(str(left), (right,), largest_number=self._limits.range))
        elif operator == "*":
            self.meter.charge(multiplied(left, right))
        elif operator == "+":
            self.meter.charge(added(left, right))
        elif operator == "**":
            self.meter.charge(raised(left, right))
        return super().call_binop(context, operator, left, right)

    def concat(self, pieces: Iterable[str]) -> str:
        """Join the pieces of a captured block, a macro or a block called through ``self``."""
        known = list(pieces)
        self.meter.charge(sum(map(len, known)))
        return "".join(known)

    def join_path(self, template: str, parent: str) -> str:
        """Count an include, import or extends as one step; names are relative to the templates' folder."""
        self.meter.step()
        return super().join_path(template, parent)

    def speaks(self, template: str | None) -> bool:
        """Say whether a compiled template speaks the recipient's language, or might through another."""
        return template in self._speaking

    def _generate(
        self,
        source: nodes.Template,
        name: str | None,
        filename: str | None,
        defer_init: bool = False,  # noqa: FBT001, FBT002 -- Jinja's signature
    ) -> str:
        if speaks(source) or leads_on(source):
            self._speaking.add(name)
        return super()._generate(Rewriter(self).visit(source), name, filename, defer_init)

    def _printed(self, value: object) -> object:
        if isinstance(value, str):
            self.meter.charge(len(value))
        return value

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        # len() of a very long range raises; that of its beginning does not.
        if len(numbers[: self._limits.range + 1]) > self._limits.range:
            raise TooMuchWork(f"a range of more than {self._limits.range} numbers")
        return numbers


def is_escaped(name: str | None) -> bool:
    """Say whether a template's values are escaped: in markup yes, in plain text and subjects no."""
    return name is not None and name.endswith(ESCAPED_SUFFIXES)
