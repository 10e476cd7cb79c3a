"""What can go wrong with the log, beside what the database itself refuses.

ColumbaError
├── LogAway             the database does not answer those who know nothing of databases
└── LogNotReady         the database's tables are not those this version works with; says which command mends it
    └── LogAbsent       there is nothing yet: whoever may make the tables can begin
"""

from columba_shared.errors import ColumbaError


class LogAway(ColumbaError):
    """The database does not answer, or refuses the question; the text is its own."""


class LogNotReady(ColumbaError):
    """The database's tables are missing, older or newer than this version's; the text says what to do."""


class LogAbsent(LogNotReady):
    """There is no log yet: no file, or no tables in it."""
