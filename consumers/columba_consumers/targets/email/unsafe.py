"""Mail that is refused before any server sees it.

InvalidMessage (columba_consumers.errors)
└── UnsafeMessage       ``field`` says which part
    ├── UnsafeHeader    a header, a name or an address that could become another header or another recipient
    └── UnsafeBody      a body that cannot be written as mail
"""

from columba_consumers.errors import InvalidMessage


class UnsafeMessage(InvalidMessage, ValueError):
    """A message that will never be sent as it is; the text never repeats the dangerous part."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field


class UnsafeHeader(UnsafeMessage):
    """A value that could become another header or another recipient."""


class UnsafeBody(UnsafeMessage):
    """A body that cannot be written as mail."""
