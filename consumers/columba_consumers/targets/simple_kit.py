"""A SimpleTarget as the core wants it: with slots, limits, and what the doctor says of it."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, NamedTuple

from columba_shared.errors import ColumbaError
from columba_shared.settings import Settings, TargetEnv
from columba_shared.settings.setting import Origin

from columba_consumers.errors import InvalidTarget
from columba_consumers.pace.limits import Limits
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.targets.kit import Check, TargetKit
from columba_consumers.targets.policy import policy_of
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.slotted import SlottedTarget


class _Made(NamedTuple):
    """A target and what it says of itself."""

    target: SimpleTarget
    leads_to: str
    parts: MessageParts[Any]
    destinations: Sequence[str]


def simple_kit(target_class: type[SimpleTarget], settings: Settings) -> TargetKit:
    """Return the target, made from the settings; raises InvalidSetting, InvalidSettings, InvalidTarget."""
    name = target_class.name
    env = settings.own(name, target_class.settings)
    made = _made(target_class, env)
    slotted = SlottedTarget(made.target)
    chosen = settings.of_target[name]
    return TargetKit(
        target=slotted,
        leads_to=made.leads_to,
        parts=made.parts,
        policy=policy_of(settings, name),
        checks=tuple(_checks(slotted, made, _fix(env))),
        limits=Limits(together=chosen.rate, alone=chosen.rate_per_process, by_destination=dict(chosen.rates)),
    )


def _made(target_class: type[SimpleTarget], env: TargetEnv) -> _Made:
    """Return the target and what it says of itself; raises InvalidTarget."""
    try:
        made = target_class(env)
        leads_to, parts, slots = made.leads_to(), target_class.message_parts(), made.slots
        names = tuple(made.destinations())
    except ColumbaError:
        raise
    except Exception as error:  # the code of whoever wrote the target: it becomes this target's error
        raise InvalidTarget(f"target {env.target} cannot be made: {type(error).__name__}: {error}") from error
    if type(slots) is not int or slots < 1:
        raise InvalidTarget(f"target {env.target} has slots = {slots!r:.60}: give a whole number from 1, such as 20")
    return _Made(made, leads_to, parts, names)


def _checks(slotted: SlottedTarget, made: _Made, fix: str) -> Iterator[Check]:
    """Yield what there is to ask: each destination, or the target as a whole."""
    for name in made.destinations:
        yield Check(probe=partial(slotted.probe_one, name), works="answers", fix=fix, about=name)
    if not made.destinations:
        yield Check(probe=slotted.probe, works=f"{made.leads_to}: answers", fix=fix)


def _fix(env: TargetEnv) -> str:
    """Return what to look at: of its settings, those that somebody has set."""
    names = [each.name for each in env.table if env.sources[each.name].origin is not Origin.DEFAULT]
    return ", or ".join(["mend what it leads to", *filter(None, [", ".join(names)])])
