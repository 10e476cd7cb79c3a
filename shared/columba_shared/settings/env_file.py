"""The env file: `NAME=value` lines, for people who do not want to set variables."""

import re
from pathlib import Path
from typing import Final

from columba_shared.errors import InvalidSetting

_LINE: Final = re.compile(r"\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(.*?)\s*")
_QUOTED: Final = re.compile(r"""(["'])(.*)\1\s*(#.*)?""")


def read_env_file(path: Path) -> dict[str, str]:
    """Return what the file sets; raises InvalidSetting for a file or a line that cannot be read.

    Quotes around a value are taken off; a `#` after a blank begins a comment. Nothing is substituted.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InvalidSetting("COLUMBA_ENV_FILE", f"{path} cannot be read: {reason}") from error
    found = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line)
        if match is None:
            raise InvalidSetting("COLUMBA_ENV_FILE", f"{path}, line {number}: write NAME=value")
        found[match[1]] = _value(match[2])
    return found


def _value(text: str) -> str:
    quoted = _QUOTED.fullmatch(text)
    return quoted[2] if quoted else re.split(r"\s#", text, maxsplit=1)[0].rstrip()
