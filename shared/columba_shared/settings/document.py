"""Write docs/settings.md: `python -m columba_shared.settings.document > docs/settings.md`."""

import sys
from dataclasses import replace

from columba_shared.settings.of_target import IN_DOUBT, settings_of
from columba_shared.settings.own import OWN
from columba_shared.settings.setting import Setting
from columba_shared.settings.table import SETTINGS

_COLUMNS = """\
| setting | default | what it is for |
|---|---|---|
"""

_HEAD = """\
# Settings

Read once, when a process starts: from the environment, else from the env file (`COLUMBA_ENV_FILE`, or `columba.env` in
the current folder), else the default. Where "secret" is marked, the variable with `_FILE` appended may name a file that
holds the value instead. `columba doctor` says what is wrong with them, and which are set, and where; `--all` shows
every value in force.

"""

_OF_TARGET = """
## Of one target

`<TARGET>` stands for a target's name in capitals, such as `COLUMBA_EMAIL_MAX_ATTEMPTS`. Where nothing is set for a
target, what is set for all of them holds. A target that does not come with Columba has these settings too, as soon as
`COLUMBA_TARGETS` names it: a hyphen in its name is written `_`, and what is in doubt is parked.

"""
_EXAMPLE = next(iter(IN_DOUBT))


def markdown() -> str:
    """Return the page."""
    shared = "".join(_row(setting) for setting in SETTINGS if setting.target is None)
    of_each = "".join(_row(_of_any(setting)) for setting in settings_of(_EXAMPLE))
    own = "".join(_own(target, table) for target, table in OWN.items() if table)
    return _HEAD + _COLUMNS + shared + _OF_TARGET + _COLUMNS + of_each + own


def _own(target: str, table: tuple[Setting, ...]) -> str:
    return f"\n## Of {target} alone\n\n{_COLUMNS}" + "".join(map(_row, table))


def _of_any(setting: Setting) -> Setting:
    """Return the setting as it is for any target."""
    name = setting.name.replace(f"_{_EXAMPLE.upper()}_", "_<TARGET>_")
    told = setting.shown_default
    if setting.name.endswith("_IN_DOUBT"):
        told = ", ".join(f"{target} `{default}`" for target, default in IN_DOUBT.items())
    return replace(setting, name=name, shown_default=told)


def _row(setting: Setting) -> str:
    default = setting.shown_default or f"`{setting.default}`"
    return f"| `{setting.name}` | {default} | {setting.help}{' (secret)' if setting.secret else ''} |\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
