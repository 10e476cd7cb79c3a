"""What can go wrong in the parts that producers and consumers share.

ColumbaError
├── InvalidEvent        an argument or a field that cannot be accepted; names the field and the fix
├── Malformed           bytes that are not an event of a version we know
├── InvalidSetting      a setting that cannot be used; names the variable and the fix
├── InvalidSettings     all of them at once
├── BrokenCheck         an address check that a package brings cannot be used; names the package's function
└── MissingExtra        a library that this use needs is not installed; names the extra
"""


class ColumbaError(Exception):
    """The root of every error that Columba raises on purpose."""


class InvalidEvent(ColumbaError, ValueError):
    """An event that cannot be accepted: ``field`` says which part, the text says how to mend it."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


class Malformed(ColumbaError, ValueError):
    """Bytes that cannot be read as an event; the text is the reason that the dead letter carries."""


class InvalidSetting(ColumbaError, ValueError):
    """A setting that cannot be used: ``name`` is the variable, the text says how to mend it."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name}: {problem}")
        self.name = name
        self.problem = problem


class InvalidSettings(ColumbaError, ValueError):
    """Everything that is wrong with the settings, so that one look is enough: ``problems`` holds each."""

    def __init__(self, problems: tuple[InvalidSetting, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class BrokenCheck(ColumbaError):
    """What a package brings to check addresses cannot be used; the text says what to mend."""


class MissingExtra(ColumbaError, ImportError):
    """A library that this use needs is missing; the text names the extra that brings it."""
