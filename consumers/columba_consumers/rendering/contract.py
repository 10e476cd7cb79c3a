"""The contract that follows from an inspection of the templates, and in what an older one differs from it."""

from collections.abc import Iterator, Mapping, Sequence

from columba_shared.contract.contract import Clause, Contract

from columba_consumers.app.app import App
from columba_consumers.rendering.inspection import Inspection, Wording


def contract_of(found: Inspection, app: App, targets: Sequence[str]) -> Contract:
    """Return what producers may rely on; kinds that the app's code says need nobody knows what."""
    kinds: dict[str, dict[str, Clause]] = {}
    for wording in found.wordings:
        if wording.renderer is None:
            kinds.setdefault(wording.kind, {})[wording.target] = _clause(wording)
    renderers: dict[str, tuple[str, ...]] = {}
    for each in sorted(app.renderers.values(), key=lambda each: each.pattern):
        renderers[each.target] = (*renderers.get(each.target, ()), each.pattern)
    return Contract(targets=tuple(sorted(targets)), kinds=kinds, renderers=renderers)


def differences(old: Contract, new: Contract) -> Iterator[str]:
    """Yield in what a producer that has the old one would judge otherwise than one that has the new."""
    if set(old.targets) != set(new.targets):
        yield f"it is for the targets {', '.join(old.targets)}, and there are {', '.join(new.targets)}"
    for target in sorted({*old.renderers, *new.renderers}):
        before, now = (set(each.renderers.get(target, ())) for each in (old, new))
        yield from (f"{pattern} by {target} is said by the app's code now" for pattern in sorted(now - before))
        yield from (f"{pattern} by {target} is no longer said by the app's code" for pattern in sorted(before - now))
    clauses, known = _clauses(new), _clauses(old)
    for place in sorted({*clauses, *known}):
        words = " by ".join(place)
        if place not in known:
            yield f"{words} is new"
        elif place not in clauses:
            yield f"{words} is gone"
        else:
            yield from (f"{words} {change}" for change in _changes(known[place], clauses[place]))


def reworded(old: Contract, new: Contract) -> list[str]:
    """Return the kinds that say something else and need the same."""
    clauses = _clauses(new)
    return sorted(
        " by ".join(place)
        for place, clause in _clauses(old).items()
        if place in clauses and clause.version != clauses[place].version and not list(_changes(clause, clauses[place]))
    )


def _clause(wording: Wording) -> Clause:
    always = [each for each in wording.needs.needs if each.always]
    about = [each.places[0] for each in always if each.is_about]
    return Clause(
        version=wording.version,
        needs={each.name: each.places[0] for each in always if not each.is_about},
        about=about[0] if about else None,
    )


def _clauses(contract: Contract) -> Mapping[tuple[str, str], Clause]:
    return {(kind, target): clause for kind, each in contract.kinds.items() for target, clause in each.items()}


def _changes(old: Clause, new: Clause) -> Iterator[str]:
    yield from (f"needs {name} now ({new.needs[name]})" for name in sorted(new.needs.keys() - old.needs.keys()))
    yield from (f"no longer needs {name}" for name in sorted(old.needs.keys() - new.needs.keys()))
    if (old.about is None) != (new.about is None):
        yield "no longer tells of what it is about" if new.about is None else f"tells of what it is about ({new.about})"
