"""A provider that does what a test says: it takes the place of a target's own, and everything else is real."""

import asyncio
import gc
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final, TypeAlias

from columba_shared.log.bounce import Finding
from columba_shared.log.engine import connect
from columba_shared.settings import Settings
from sqlalchemy import Engine

from columba_consumers.app import App, load_app
from columba_consumers.bounces.intake import Intake
from columba_consumers.bounces.report import Report, Sort, Verdict
from columba_consumers.delivery.quota import Quota
from columba_consumers.errors import DeliveryError, Throttled, Unknown
from columba_consumers.process.one_pass import Tally
from columba_consumers.process.up import up_once
from columba_consumers.rendering.parts import MessageParts
from columba_consumers.targets.registry import Registry
from columba_consumers.targets.simple import SimpleTarget
from columba_consumers.targets.target import Content, DeliveryRef, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Accept:
    """The provider takes it, and says so."""

    reply: str = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptThenTimeOut:
    """The provider takes it, and nobody hears: it is in doubt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptThenBounce:
    """The provider takes a mail, and it comes back once the pass is over: nobody is there."""

    status: str = "5.1.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Busy:
    """The provider answers 429, and for how long it wants to be left alone (Retry-After); None: it does not say."""

    after: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fail:
    """The provider refuses it, is down, or whatever this error means."""

    error: DeliveryError


Step: TypeAlias = Accept | AcceptThenTimeOut | AcceptThenBounce | Busy | Fail
_TOOK: Final = (Accept, AcceptThenTimeOut, AcceptThenBounce)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One attempt at a delivery, as the provider saw it; ``taken`` says whether the provider has the message now."""

    delivery: DeliveryRef
    message: Content
    taken: bool


@dataclass(slots=True)
class ScriptedProvider:
    """Stands for the provider of one target; what no script says is accepted."""

    target: str
    asked: list[Asked] = field(default_factory=list)
    """Every attempt, in the order in which they came."""
    _for_anybody: deque[Step] = field(default_factory=deque)
    _for: defaultdict[str, deque[Step]] = field(default_factory=lambda: defaultdict(deque))
    _bounces: list[tuple[DeliveryRef, str]] = field(default_factory=list)

    @property
    def taken(self) -> list[Asked]:
        """What the provider has got, however often that was the same delivery."""
        return [each for each in self.asked if each.taken]

    def then(self, *steps: Step, to: str | None = None) -> None:
        """Do this at the next attempts, one step each: at those for an address, or at any for which nothing is said."""
        (self._for_anybody if to is None else self._for[to]).extend(steps)

    def answer(self, message: Content, delivery: DeliveryRef) -> Receipt:
        """Do the next step; raises what it means."""
        steps = self._for[delivery.address] or self._for_anybody
        step = steps.popleft() if steps else Accept()
        self.asked.append(Asked(delivery=delivery, message=message, taken=isinstance(step, _TOOK)))
        match step:
            case Accept(reply=reply):
                return Receipt(reply=reply, provider_id=delivery.id.hex)
            case AcceptThenTimeOut():
                raise Unknown("timed out after the provider had everything")
            case AcceptThenBounce(status=status):
                self._bounces.append((delivery, status))
                return Receipt(reply="accepted", provider_id=delivery.id.hex)
            case Busy(after=after):
                raise Throttled("too many requests", code="429", after=after)
            case Fail(error=error):
                raise error

    def late_bounces(self) -> list[Report]:
        """Return what comes back of what was taken since the last call."""
        bounces, self._bounces = self._bounces, []
        return [_bounce(delivery, status) for delivery, status in bounces]


def _bounce(delivery: DeliveryRef, status: str) -> Report:
    verdict = Verdict(finding=Finding.HARD, addresses=(delivery.address,), status=status, said="no such user here")
    evidence = f"Message-ID: <{delivery.id.hex}@test.invalid>"
    return Report(
        sort=Sort.BOUNCE, verdicts=(verdict,), reporter="a scripted provider", evidence=evidence, vouched=True
    )


async def deliver(environ: Mapping[str, str], *providers: ScriptedProvider, app: str | None = None) -> Tally:
    """Deliver what waits and is due in an embedded Columba, in this process, and return what it came to.

    ``environ`` are its variables, such as COLUMBA_DATABASE_URL, COLUMBA_TEMPLATES and COLUMBA_TARGETS; ``app`` is the
    module that COLUMBA_APP would name. Rendering, the log, retries and pace are real. Targets without a provider go
    where their settings lead.
    """
    settings = Settings.from_env(environ)
    name = app or settings.app
    loaded = load_app(name) if name else App.empty()
    registry = Registry(settings=settings, app=loaded)
    own = {each.target: _target(each, registry) for each in providers}
    threshold = gc.get_threshold()
    try:
        return await up_once(settings, Quota(), app=replace(loaded, targets={**loaded.targets, **own}))
    finally:
        gc.unfreeze()  # a process that serves until its end has no use for it; a test's has
        gc.set_threshold(*threshold)
        reports = [report for each in providers for report in each.late_bounces()]
        if reports:
            await asyncio.to_thread(_take_in, settings, reports)


def _take_in(settings: Settings, reports: Sequence[Report]) -> None:
    engine: Engine = connect(settings.database_url)
    try:
        Intake.from_settings(settings, engine).take_reports(reports)
    finally:
        engine.dispose()


def _target(provider: ScriptedProvider, registry: Registry) -> type[SimpleTarget]:
    """Return a target that says what the real one says, to the provider of the test."""
    (parts,) = registry.parts_of([provider.target]) or (None,)
    if parts is None:
        raise ValueError(f"there is no target {provider.target!r}; there are: {', '.join(registry.names)}")
    said = parts

    class Scripted(SimpleTarget):
        """Hands over to the provider of the test."""

        name = provider.target
        message = said.message

        @classmethod
        def message_parts(cls) -> MessageParts[Any]:
            return said

        async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401 - whatever it is
            return provider.answer(prepared, delivery)

    return Scripted
