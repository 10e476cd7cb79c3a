"""What a project sets: `COLUMBA = {"BROKER_URL": "amqp://…"}`; for the rest the COLUMBA_* environment."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, Literal, Self, get_args

from columba_shared.errors import InvalidSetting, InvalidSettings
from columba_shared.event import KIND_PATTERN
from columba_shared.settings import Settings
from columba_shared.settings.setting import PREFIX
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connections
from django.utils.functional import Promise

from columba_producer.app_settings import text_of
from columba_producer.django.tables import table_for

NAME: Final = "COLUMBA"
InTransaction = Literal["outbox", "on_commit"]
WhenAway = Literal["spool", "raise"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings that Columba has everywhere, and those that it has in Django alone.

    ``outbox`` is the alias of the database that has the outbox. ``in_transaction`` says how an event leaves while that
    one has a transaction open: through its outbox, or by the broker once it is committed. ``when_away`` says what
    happens to an event that the broker does not take: it goes to the outbox, or the caller gets the error.
    ``mail_kind`` is the kind of the backend's mails.
    """

    settings: Settings
    outbox: str = DEFAULT_DB_ALIAS
    in_transaction: InTransaction = "outbox"
    when_away: WhenAway = "spool"
    mail_kind: str = "django.mail"

    @classmethod
    def from_settings(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read Django's settings; raises InvalidSettings that tells all that is wrong at once."""
        given = getattr(settings, NAME, {})
        if not isinstance(given, Mapping):
            raise InvalidSettings((InvalidSetting(NAME, f"must be a dict, not {type(given).__name__}"),))
        own = {key: given[key] for key in _OWN if key in given}
        problems = [problem for key, value in own.items() if (problem := _OWN[key](value)) is not None]
        rest = {key: value for key, value in given.items() if key not in _OWN}
        shared: Settings | None = None
        try:
            shared = Settings.from_env({**(os.environ if environ is None else environ), **_as_environment(rest)})
        except InvalidSetting as error:
            problems.append(error)
        except InvalidSettings as error:
            problems += [_as_ours(problem, rest) for problem in error.problems]
        else:
            problems += _unknown(shared, rest)
        if problems or shared is None:
            raise InvalidSettings(tuple(problems))
        return cls(settings=shared, **{key.lower(): value for key, value in own.items()})


def shared_settings() -> dict[str, str]:
    """Return what the project sets, but for what Columba has in Django alone, as the environment would have it."""
    given = getattr(settings, NAME, {})
    return _as_environment({key: value for key, value in given.items() if key not in _OWN})


def _as_environment(given: Mapping[str, Any]) -> dict[str, str]:
    """Return what is set here as the environment would have it."""
    return {f"{PREFIX}{key}": _text(f"{NAME}[{key!r}]", value) for key, value in given.items() if value is not None}


def _text(name: str, value: object) -> str:
    return text_of(name, str(value) if isinstance(value, Promise) else value)  # a text that is translated when needed


def _as_ours(problem: InvalidSetting, given: Mapping[str, Any]) -> InvalidSetting:
    """Return the problem under the name by which it is mended."""
    key = problem.name.removeprefix(PREFIX)
    return InvalidSetting(f"{NAME}[{key!r}]" if key in given else problem.name, problem.problem)


def _unknown(shared: Settings, given: Mapping[str, Any]) -> list[InvalidSetting]:
    known = {f"{PREFIX}{key}": key for key in given}
    return [
        InvalidSetting(
            f"{NAME}[{known[each.name]!r}]", "is no setting" + (f"; {_meant(each.meant)}" if each.meant else "")
        )
        for each in shared.unknown
        if each.name in known
    ]


def _meant(name: str) -> str:
    return f"perhaps {name.removeprefix(PREFIX)!r} was meant"


def _outbox(value: object) -> InvalidSetting | None:
    if value in connections:
        if table_for(connections[value].vendor) is None:
            return InvalidSetting(
                f"{NAME}['OUTBOX']", f"{value!r} is a database without an outbox: {connections[value].vendor}"
            )
        return None
    return InvalidSetting(f"{NAME}['OUTBOX']", f"{value!r:.60} is none of DATABASES: {', '.join(connections)}")


def _one_of(key: str, accepted: tuple[str, ...], value: object) -> InvalidSetting | None:
    if value in accepted:
        return None
    return InvalidSetting(f"{NAME}[{key!r}]", f"{value!r:.60} is none of {', '.join(map(repr, accepted))}")


def _mail_kind(value: object) -> InvalidSetting | None:
    if isinstance(value, str) and re.fullmatch(KIND_PATTERN, value):
        return None
    return InvalidSetting(f"{NAME}['MAIL_KIND']", f"{value!r:.60} is not such as django.mail")


_OWN: Final[Mapping[str, Callable[[object], InvalidSetting | None]]] = {
    "OUTBOX": _outbox,
    "IN_TRANSACTION": partial(_one_of, "IN_TRANSACTION", get_args(InTransaction)),
    "WHEN_AWAY": partial(_one_of, "WHEN_AWAY", get_args(WhenAway)),
    "MAIL_KIND": _mail_kind,
}
"""What looks at each setting that Columba has in Django alone."""
