"""What can go wrong with the log, beside what the database itself refuses.

ColumbaError
└── LogNotReady         the database's tables are not those this version works with; says which command mends it
"""

from columba_shared.errors import ColumbaError


class LogNotReady(ColumbaError):
    """The database's tables are missing, older or newer than this version's; the text says what to do."""
