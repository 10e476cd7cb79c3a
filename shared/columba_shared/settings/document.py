"""Write docs/settings.md: `python -m columba_shared.settings.document > docs/settings.md`."""

import sys

from columba_shared.settings.setting import Setting
from columba_shared.settings.table import SETTINGS

_HEAD = """\
# Settings

Read once, when a process starts: from the environment, else from the env file (`COLUMBA_ENV_FILE`, or `columba.env` in
the current folder), else the default. Where "secret" is marked, the variable with `_FILE` appended may name a file that
holds the value instead. `columba doctor` shows every value in force, where it came from, and what is wrong with it.

| setting | default | what it is for |
|---|---|---|
"""


def markdown() -> str:
    """Return the page."""
    return _HEAD + "".join(_row(setting) for setting in SETTINGS)


def _row(setting: Setting) -> str:
    default = setting.shown_default or f"`{setting.default}`"
    return f"| `{setting.name}` | {default} | {setting.help}{' (secret)' if setting.secret else ''} |\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
