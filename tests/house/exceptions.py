"""What may be longer than the rules allow: a path, or a path and a function's name, and why.

An entry that is no longer needed fails the check, so that this table never lies. For example:

    "shared/columba_shared/event.py": "one table of 400 time zones, and nothing else",
    "shared/columba_shared/event.py::Event.check": "a flat list of 60 checks; splitting it would hide their order",
"""

EXCEPTIONS: dict[str, str] = {}
