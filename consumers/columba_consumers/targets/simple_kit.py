"""A SimpleTarget as the core wants it: with slots, limits, and what the doctor says of it."""

from collections.abc import Iterator
from functools import partial
from typing import Any

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


def simple_kit(target_class: type[SimpleTarget], settings: Settings) -> TargetKit:
    """Return the target, made from the settings; raises InvalidSetting, InvalidSettings, InvalidTarget."""
    name = target_class.name
    env = settings.own(name, target_class.settings)
    made, leads_to, parts = _made(target_class, env)
    slotted = SlottedTarget(made)
    chosen = settings.of_target[name]
    return TargetKit(
        target=slotted,
        leads_to=leads_to,
        parts=parts,
        policy=policy_of(settings, name),
        checks=tuple(_checks(slotted, made, leads_to, _fix(env))),
        limits=Limits(together=chosen.rate, alone=chosen.rate_per_process, by_destination=dict(chosen.rates)),
    )


def _made(target_class: type[SimpleTarget], env: TargetEnv) -> tuple[SimpleTarget, str, MessageParts[Any]]:
    """Return the target, where it leads to, and what its messages consist of."""
    try:
        made = target_class(env)
        leads_to, parts, slots = made.leads_to(), target_class.message_parts(), made.slots
    except ColumbaError:
        raise
    except Exception as error:  # the code of whoever wrote the target: it becomes this target's error
        raise InvalidTarget(f"target {env.target} cannot be made: {type(error).__name__}: {error}") from error
    if type(slots) is not int or slots < 1:
        raise InvalidTarget(f"target {env.target} has slots = {slots!r:.60}: give a whole number from 1, such as 20")
    return made, leads_to, parts


def _checks(slotted: SlottedTarget, made: SimpleTarget, leads_to: str, fix: str) -> Iterator[Check]:
    """Yield what there is to ask: each destination, or the target as a whole."""
    names = made.destinations()
    for name in names:
        yield Check(probe=partial(slotted.probe_one, name), works="answers", fix=fix, about=name)
    if not names:
        yield Check(probe=slotted.probe, works=f"{leads_to}: answers", fix=fix)


def _fix(env: TargetEnv) -> str:
    """Return what to look at: of its settings, those that somebody has set."""
    names = [each.name for each in env.table if env.sources[each.name].origin is not Origin.DEFAULT]
    return ", or ".join(["mend what it leads to", *filter(None, [", ".join(names)])])
