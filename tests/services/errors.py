"""What can go wrong with the private servers.

ServicesError
├── ProgramMissing   a server's program is not installed here
└── ServerFailed     a server did not start, stop or obey
"""


class ServicesError(Exception):
    """The root of the tree above."""


class ProgramMissing(ServicesError):
    """A server's program is not installed; the text says which Debian package has it."""


class ServerFailed(ServicesError):
    """A server did not do as told; the text ends with its own last words."""
