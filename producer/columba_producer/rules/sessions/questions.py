"""Asking the rules about what was saved, in a transaction that none of their filters can spoil."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from columba_producer.rules.asking import AppFailed, Wanted, wanted_of
from columba_producer.rules.failure import Stage
from columba_producer.rules.naming import plainly
from columba_producer.rules.registry import Rules
from columba_producer.rules.rule import Rule
from columba_producer.rules.saved import Saved, Who
from columba_producer.rules.sessions.shelter import Shelter


class Questions:
    """Asks one session's rules. Whatever a filter that failed had asked of the database is undone."""

    def __init__(self, session: Session, rules: Rules) -> None:
        self._session = session
        self._rules = rules

    def answers(self, several: Sequence[Saved]) -> dict[Who, Sequence[Wanted]]:
        """Return what is wanted of each; what fails is on record."""
        with Shelter(self._session) as shelter, self._session.no_autoflush:
            answers: dict[Who, Sequence[Wanted]] = {saved.who: self._wanted(saved, shelter) for saved in several}
            try:
                shelter.release()
            # A filter had spoilt the transaction and kept that to itself: what the app has saved goes on.
            except Exception as error:  # noqa: BLE001 - as said; it becomes a failure on record
                self._rules.failures.record("", Stage.STATE, "", error)
        return answers

    def _wanted(self, saved: Saved, shelter: Shelter) -> list[Wanted]:
        found = []
        for rule in self._rules.about(type(saved.thing)):
            try:
                wanted = wanted_of(rule, saved)
            except AppFailed as error:
                self._record(rule, saved, error)
                shelter.undo()
            else:
                found += [] if wanted is None else [wanted]
        return found

    def _record(self, rule: Rule, saved: Saved, error: AppFailed) -> None:
        name = plainly(type(saved.thing), saved.who.primary_key)
        self._rules.failures.record(rule.name, error.stage, name, error.__cause__ or error)
