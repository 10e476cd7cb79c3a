"""The contract that events are held to as they are published: what could not be said is refused at once."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path as File
from typing import Any, Final, Self

from columba_shared.contract.contract import Clause, read_contract
from columba_shared.contract.contract import Contract as Written
from columba_shared.contract.path import Every, parsed, spelled
from columba_shared.event import Event
from columba_shared.settings import Settings

from columba_producer.errors import ContractBroken
from columba_producer.lacking import Lack, Term

_OWN: Final = ("events", 0, "context")
"""Where a digest has the facts of one of its events."""
_ABOUTS: Final = ("events", Every.ITEM, "about")
"""And what these are about, of which nobody knows more."""
_ANEW: Final = "make the contract anew (`columba templates contract`)"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Terms:
    """What has to be there for one kind on one target, told alone or in a digest."""

    alone: Term
    in_digest: Term
    about: str | None

    @classmethod
    def of(cls, clause: Clause) -> Self:
        """Return what a clause demands."""
        known = {name: place for name, place in clause.needs.items() if parsed(name)[: len(_ABOUTS)] != _ABOUTS}
        return cls(alone=Term.of(clause.needs), in_digest=Term.of(known), about=clause.about)

    def lack(self, event: Event, context: Mapping[str, Any]) -> Lack | None:
        """Return what the facts of an event lack; None: nothing that anybody knows of."""
        if event.digest is None:
            return self.alone.lack(context)
        lack = self.in_digest.lack({"count": 1, "events": [{"id": "", "created_at": "", "context": context}]})
        if lack is not None and lack.path[: len(_OWN)] == _OWN:
            return replace(lack, path=lack.path[len(_OWN) :])
        return lack and replace(lack, how="is no fact of a digest, whose templates see the facts of each of its events")


class Contract:
    """What the templates of each kind need, read once; producers and threads may share it."""

    def __init__(self, written: Written) -> None:
        """Take one that was read already."""
        self._written = written
        self._terms = {
            (kind, target): _Terms.of(clause)
            for kind, clauses in written.kinds.items()
            for target, clause in clauses.items()
        }

    @classmethod
    def read(cls, file: File | str, *, setting: str = "contract") -> Self:
        """Read what `columba templates contract` has written; raises InvalidSetting, naming the ``setting``."""
        return cls(read_contract(File(file), setting=setting))

    @classmethod
    def of_settings(cls, settings: Settings) -> Self | None:
        """Return the contract that the settings name; None: they name none. Raises InvalidSetting."""
        return None if settings.contract is None else cls.read(settings.contract, setting="COLUMBA_CONTRACT")

    def check(self, event: Event) -> None:
        """Let pass what can be said, as far as anybody can know before it is due; raises ContractBroken."""
        known = self._terms.get((event.kind, event.target))
        if known is None:
            self.check_kind(event.kind, event.target)
            return
        about = known.about
        if about is not None and "about" not in event.context and ":" not in (event.about or ""):
            raise _without_about(event, about)
        if event.audience is not None:
            # Whoever is in it may bring along any of the facts.
            return
        lack = known.lack(event, event.context)
        for place, recipient in enumerate(event.to):
            if recipient.context:
                own = known.lack(event, {**event.context, **recipient.context})
                if own is not None:
                    raise _broken(event, own, f"to[{place}].context")
            elif lack is not None:
                raise _broken(event, lack, "context")

    def check_kind(self, kind: str, target: str) -> None:
        """Let pass a kind that somebody can say; raises ContractBroken."""
        written = self._written
        known = (kind, target) in self._terms or written.is_rendered_by_code(kind, target)
        if known or target not in written.targets:
            return
        if kind in written.kinds:
            ways = ", ".join(sorted(written.kinds[kind]))
            raise ContractBroken(
                "target", f"nothing says {kind} by {target}, only by {ways}: write templates, and {_ANEW}", kind=kind
            )
        near = get_close_matches(kind, written.kinds, n=1)
        meant = f"perhaps {near[0]} was meant; else " if near else ""
        raise ContractBroken(
            "kind", f"{kind!r} is not in the contract: {meant}write templates for it, and {_ANEW}", kind=kind
        )


def _broken(event: Event, lack: Lack, context: str) -> ContractBroken:
    name = spelled(lack.path)
    return ContractBroken(
        f"{context}.{name}",
        f"{lack.how}, and {event.kind} cannot be said by {event.target} without it ({lack.place}): give it"
        + (', or let the template do without it by | default("")' if lack.how == "is missing" else ""),
        kind=event.kind,
        variable=name,
        place=lack.place,
    )


def _without_about(event: Event, place: str) -> ContractBroken:
    return ContractBroken(
        "about",
        f"is missing, and {event.kind} tells by {event.target} of the thing that it is about ({place}): "
        'give one, such as about="invoice:42"',
        kind=event.kind,
        variable="about",
        place=place,
    )


def contract_of(given: Contract | File | str | None) -> Contract | None:
    """Return the contract that somebody named; raises InvalidSetting."""
    return given if isinstance(given, Contract) or given is None else Contract.read(given)
