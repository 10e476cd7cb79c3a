"""The conformance suite: on a target that passes it, the core can rely."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from columba_shared.settings import Settings

from columba_consumers.app import App
from columba_consumers.delivery.frozen import exact, thaw
from columba_consumers.errors import DeliveryError
from columba_consumers.targets import SimpleTarget
from columba_consumers.targets.kit import TargetKit
from columba_consumers.targets.registry import Registry, checked
from columba_consumers.targets.target import Content
from columba_consumers.testing.at_work import AtWork
from columba_consumers.testing.faults import Faults
from columba_consumers.testing.secrets import secrets_of
from columba_consumers.testing.shape import check_shape
from columba_consumers.testing.silent_peer import silent_peer
from columba_consumers.testing.words import check_words

NONSENSE: Final = ("", "\n", "\x00")
"""What is an address nowhere."""
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_NOBODY: Final[Mapping[str, type[DeliveryError]]] = MappingProxyType({})


async def check_target(
    target_class: type[SimpleTarget],
    *,
    message: Content,
    address: str,
    settings: Mapping[str, str] = _NOTHING,
    unreachable: Mapping[str, str] | None = None,
    silent: Callable[[int], Mapping[str, str]] | None = None,
    refused: Mapping[str, type[DeliveryError]] = _NOBODY,
    nonsense: Sequence[str] = NONSENSE,
    patience: float = 10.0,
) -> None:
    """Do with a target all that Columba does; raises TargetFaulty with everything that is to be mended.

    It really delivers ``message`` to ``address``, some dozens of times, to where ``settings`` lead: variables such as
    ``{"COLUMBA_FAX_URL": "…"}``. With ``unreachable``, settings that lead to nobody, it also sees what the target makes
    of that; with ``silent``, which makes settings of a port on 127.0.0.1, that it gives up by itself where somebody
    listens and never says a word; with ``refused``, what it makes of addresses that the provider refuses. No step may
    take longer than ``patience``, in seconds. From a test that is no coroutine: ``asyncio.run(check_target(…))``.
    """
    name = str(getattr(target_class, "name", target_class.__name__))
    faults = Faults(name)
    _check_class(target_class, name, faults)
    with faults.ended_by_refusal():
        read = _settings(name, settings)
        registry = Registry(settings=read, app=App(targets={name: target_class}), installed={})
        env = read.own(name, target_class.settings)
        kit = registry.kit(name)
        unopened = target_class(env)
    check_words(unopened, env, faults, environ=settings, address=address, nonsense=nonsense)
    with faults.found_by("close, without open,"):
        await unopened.close()
    secrets = secrets_of(env.table, settings)
    await _check_kit(kit, faults, message=message, address=address, refused=refused, patience=patience, secrets=secrets)

    def leading(elsewhere: Mapping[str, str]) -> AtWork:
        all_there = {**settings, **elsewhere}
        with faults.ended_by_refusal():
            there = Registry(settings=_settings(name, all_there), app=registry.app, installed={}).kit(name).target
        secrets = secrets_of(env.table, all_there)
        return AtWork(target=there, message=message, address=address, faults=faults, patience=patience, secrets=secrets)

    if unreachable is not None:
        await leading(unreachable).check_unreachable()
    if silent is not None:
        async with silent_peer() as port:
            await leading(silent(port)).check_silent()
    faults.raise_all()


async def check_kit(
    kit: TargetKit,
    *,
    message: Content,
    address: str,
    refused: Mapping[str, type[DeliveryError]] = _NOBODY,
    patience: float = 10.0,
) -> None:
    """Do the same with a target that is no SimpleTarget, as far as that can be; raises TargetFaulty."""
    faults = Faults(kit.target.name)
    await _check_kit(kit, faults, message=message, address=address, refused=refused, patience=patience)
    faults.raise_all()


async def _check_kit(
    kit: TargetKit,
    faults: Faults,
    *,
    message: Content,
    address: str,
    refused: Mapping[str, type[DeliveryError]],
    patience: float,
    secrets: Sequence[str] = (),
) -> None:
    if not isinstance(message, kit.parts.types):
        faults.add(f"the message given is a {type(message).__name__}, not a {kit.parts.message.__name__}")
        faults.raise_all()
    with faults.found_by("keeping the message and reading it back"):
        faults.unless(
            thaw(exact(message).content, kit.parts.kept) == message,
            "message: it is another one after it was kept as JSON and read back",
        )
    faults.raise_all()
    at_work = AtWork(
        target=kit.target, message=message, address=address, faults=faults, patience=patience, secrets=secrets
    )
    await at_work.check(refused)


def _check_class(target_class: type[SimpleTarget], name: str, faults: Faults) -> None:
    """Look at the class; what is wrong with it would make all else go wrong."""
    with faults.ended_by_refusal():
        checked(target_class, name, f"{target_class.__module__}.{target_class.__qualname__}")
    check_shape(target_class, faults)
    faults.raise_all()


def _settings(name: str, environ: Mapping[str, str]) -> Settings:
    """Return settings made of these variables alone."""
    with tempfile.TemporaryDirectory() as nothing_there:
        return Settings.from_env({"COLUMBA_TARGETS": name, **environ}, directory=Path(nothing_there))
