"""Asking the rules about what was saved, in a transaction that none of their filters can spoil."""

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session, SessionTransaction

from columba_producer.rules.asking import AppFailed, Wanted, wanted_of
from columba_producer.rules.failure import Stage
from columba_producer.rules.naming import about, snake_case
from columba_producer.rules.registry import Rules
from columba_producer.rules.rule import Rule
from columba_producer.rules.saved import Saved, Who


class Questions:
    """Asks within a savepoint, which the database hears of only if a filter asks the database.

    Some databases give a transaction up over one failed query, and would roll back what the app has saved. Whatever a
    filter that failed had done is undone.
    """

    def __init__(self, session: Session, rules: Rules) -> None:
        self._session = session
        self._rules = rules

    def answers(self, several: Iterable[Saved]) -> dict[Who, Sequence[Wanted]]:
        """Return what is wanted of each; what fails is on record."""
        savepoint = self._session.begin_nested()
        found: dict[Who, Sequence[Wanted]] = {}
        for saved in several:
            wanted = list[Wanted]()
            for rule in self._rules.about(type(saved.thing)):
                try:
                    each = wanted_of(rule, saved)
                except AppFailed as error:
                    self._record(rule, saved, error)
                    savepoint = self._undone(savepoint)
                else:
                    wanted += () if each is None else (each,)
            found[saved.who] = wanted
        self._release(savepoint)
        return found

    def _undone(self, savepoint: SessionTransaction) -> SessionTransaction:
        savepoint.rollback()
        return self._session.begin_nested()

    def _release(self, savepoint: SessionTransaction) -> None:
        try:
            savepoint.commit()
        # A filter broke the transaction and kept that to itself, or what it changed cannot be flushed.
        except Exception as error:  # noqa: BLE001 - it becomes a failure on record; what the app saved goes on
            self._rules.failures.record("", Stage.STATE, "", error)
            if self._session.get_nested_transaction() is savepoint:
                savepoint.rollback()

    def _record(self, rule: Rule, saved: Saved, error: AppFailed) -> None:
        name = about(snake_case(type(saved.thing).__name__), saved.who.primary_key)
        self._rules.failures.record(rule.name, error.stage, name, error.__cause__ or error)
