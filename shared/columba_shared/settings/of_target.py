"""What can be set for each target by itself: one definition for all of them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any, Final, Literal

from columba_shared.errors import InvalidSetting
from columba_shared.settings import parsers
from columba_shared.settings.setting import PREFIX, Setting, Source

IN_DOUBT: Final[Mapping[str, Literal["resend", "park"]]] = {
    "email": "resend",
    "sms": "park",
    "push": "park",
    "webhook": "resend",
    "files": "resend",
    "chat": "park",
}
"""The targets that come with Columba, and what is done with what is in doubt when nothing is set.

`resend` where the provider or the receiver knows the same message again by its id; all others are left for a person.
"""

_FOR_ALL: Final = ("max_attempts", "retry_first", "retry_longest", "retry_network")
"""What can be set for all targets as well."""
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetSettings:
    """What holds for one target: what is set for it, else what is set for all."""

    in_doubt: Literal["resend", "park"]
    max_attempts: int
    retry_first: timedelta
    retry_longest: timedelta
    retry_network: timedelta
    rate: float | None
    rate_per_process: float | None
    rates: Mapping[str, float]
    quiet: tuple[time, time] | None
    keep: Literal["nothing", "sent"]
    caps: tuple[tuple[str, int, timedelta], ...]


def prefix_of(target: str) -> str:
    """Return how the names of a target's settings begin: no variable of a shell has a hyphen in its name."""
    return f"{PREFIX}{target.replace('-', '_').upper()}_"


def field_prefix(target: str) -> str:
    """Return how the fields of a target's settings begin."""
    return prefix_of(target).removeprefix(PREFIX).lower()


def settings_of(target: str) -> tuple[Setting, ...]:
    """Return the settings of one target."""
    name = prefix_of(target)
    return (
        Setting(
            name=f"{name}IN_DOUBT",
            target=target,
            default=IN_DOUBT.get(target, "park"),
            parse=parsers.one_of("resend", "park"),
            help="A delivery of which nobody knows whether the provider has it is sent again under the same id "
            "(`resend`) or left for a person (`park`).",
        ),
        _retry(target, "MAX_ATTEMPTS", parsers.whole(1, 1000), "Tries before a delivery is dead."),
        _retry(target, "RETRY_FIRST", parsers.seconds(0.1, _DAY), "Seconds before the second try."),
        _retry(target, "RETRY_LONGEST", parsers.seconds(0.1, _DAY), "Seconds that no pause between tries exceeds."),
        _retry(
            target,
            "RETRY_NETWORK",
            parsers.seconds(0.1, _DAY),
            "Seconds before the second try when the network failed.",
        ),
        *_rates(target, name),
        Setting(
            name=f"{name}QUIET",
            target=target,
            default="",
            parse=parsers.optional(parsers.hours),
            shown_default="none",
            help="The part of the day in which nothing is delivered but what is urgent, where the recipient lives: "
            "`22:00-07:00`. The rest waits until it is over.",
        ),
        Setting(
            name=f"{name}CAPS",
            target=target,
            default="",
            parse=parsers.caps,
            shown_default="none",
            help="How many of a kind one address may get in a minute, hour, day or week: `news.*=2/d, *=20/w`; "
            "`*` counts everything. What is over that is not sent, but recorded as suppressed.",
        ),
        Setting(
            name=f"{name}KEEP",
            target=target,
            default="nothing",
            parse=parsers.one_of("nothing", "sent"),
            help="With `sent`, every message is kept in the log as it was sent, for `columba show`; those above 1 MiB "
            "are not. It stays until its delivery is purged.",
        ),
    )


def _rates(target: str, name: str) -> tuple[Setting, ...]:
    return (
        Setting(
            name=f"{name}RATE",
            target=target,
            default="",
            parse=parsers.optional(parsers.rate),
            shown_default="none",
            help="How many deliveries may begin, by all processes together: `100/s`, `3000/m`. What is over it waits.",
        ),
        Setting(
            name=f"{name}RATE_PER_PROCESS",
            target=target,
            default="",
            parse=parsers.optional(parsers.rate),
            shown_default="none",
            help="How many deliveries may begin in each process.",
        ),
        Setting(
            name=f"{name}RATES",
            target=target,
            default="",
            parse=parsers.rates,
            shown_default="none",
            help="How many deliveries may begin to each destination (email: each domain), by all processes "
            "together: `example.com=10/s, *=100/s`; `*` stands for each that is not named.",
        ),
    )


def of_others(targets: Iterable[str], known: Iterable[Setting]) -> tuple[tuple[Setting, ...], list[InvalidSetting]]:
    """Return the settings of those targets that do not come with Columba, and which of them cannot be called so."""
    names = {setting.name for setting in known}
    found: list[Setting] = []
    problems = []
    for target in targets:
        if target in IN_DOUBT:
            continue
        own = settings_of(target)
        taken = next((setting.name for setting in own if setting.name in names), None)
        if taken is None:
            names |= {setting.name for setting in own}
            found += own
        else:
            problem = f"no target can be called {target!r}: {taken} would be one of its settings, and is taken"
            problems.append(InvalidSetting("COLUMBA_TARGETS", problem))
    return tuple(found), problems


def in_force(target: str, values: Mapping[str, Any]) -> TargetSettings:
    """Return what holds for a target, from the values of all settings by their fields."""
    begins = field_prefix(target)

    def chosen(name: str) -> Any:  # noqa: ANN401 - each setting has its own type
        own = values[begins + name]
        return values[name] if own is None else own

    return TargetSettings(
        in_doubt=values[f"{begins}in_doubt"],
        max_attempts=chosen("max_attempts"),
        retry_first=chosen("retry_first"),
        retry_longest=chosen("retry_longest"),
        retry_network=chosen("retry_network"),
        rate=values[f"{begins}rate"],
        rate_per_process=values[f"{begins}rate_per_process"],
        rates=values[f"{begins}rates"],
        quiet=values[f"{begins}quiet"],
        keep=values[f"{begins}keep"],
        caps=values[f"{begins}caps"],
    )


def origins(found: Mapping[str, Source], values: Mapping[str, Any], *, targets: Iterable[str]) -> dict[str, Source]:
    """Return where each value comes from: for a target's that is not set, where the one for all comes from."""
    inherited = {f"{field_prefix(target)}{name}": name for target in targets for name in _FOR_ALL}
    return {
        field: found[inherited[field]] if values[field] is None and field in inherited else source
        for field, source in found.items()
    }


def _retry(target: str, name: str, parse: parsers.Parser, told: str) -> Setting:
    return Setting(
        name=f"{prefix_of(target)}{name}",
        target=target,
        default="",
        parse=parsers.optional(parse),
        shown_default=f"`{PREFIX}{name}`",
        help=told,
    )
