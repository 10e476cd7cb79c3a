"""A target and all that the core wants to know of it, ready to be used."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from columba_consumers.delivery.decision import Policy
from columba_consumers.pace.limits import Limits
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.targets.account import AccountKit, Choice
from columba_consumers.targets.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class Hint:
    """Something worth knowing about a target that works, and what to do about it."""

    text: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What the doctor asks, what it says when the answer is good, and what mends it when it is not."""

    probe: Callable[[], Awaitable[None]]
    works: str
    fix: str
    about: str = ""
    """What it is, where it is not the target as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetKit:
    """A target, where it leads to in words, what its messages consist of, and what follows when it fails."""

    target: Target
    leads_to: str
    parts: MessageParts[Any]
    policy: Policy
    checks: Sequence[Check]
    hints: Sequence[Hint] = ()
    limits: Limits = field(default_factory=Limits)
    account: str | None = None
    """The only account that all of it goes by, if that has a name."""
    accounts: tuple[AccountKit, ...] = ()
    """The accounts to choose from; none where there is no choice."""
    choose: Choice | None = None
