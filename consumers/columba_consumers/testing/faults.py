"""What is found to be wrong with a target: one line each, which says what to mend."""

from collections.abc import Iterator
from contextlib import contextmanager

from columba_shared.errors import ColumbaError


class TargetFaulty(AssertionError):
    """The target is not what the core relies on; ``faults`` holds what to mend, one line each."""

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__("\n".join((f"target {name}:", *(f"- {fault}" for fault in faults))))
        self.faults = faults


class Faults:
    """Collects them, so that one run tells all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._found: list[str] = []

    def add(self, fault: str) -> None:
        """Note one, once."""
        line = " ".join(fault.split())
        if line not in self._found:
            self._found.append(line)

    def unless(self, fine: object, fault: str) -> None:
        """Note one, unless all is well."""
        if not fine:
            self.add(fault)

    @contextmanager
    def found_by(self, what: str) -> Iterator[None]:
        """Note it if ``what`` raises anything at all."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - other people's code: whatever it raises is what is to be told
            self.add(f"{what} raised {told(error)}")

    @contextmanager
    def ended_by_refusal(self) -> Iterator[None]:
        """Note what Columba refuses about the target, which ends the check."""
        try:
            yield
        except ColumbaError as error:
            self.add(str(error))
            raise TargetFaulty(self.name, tuple(self._found)) from error

    def raise_all(self) -> None:
        """Raise TargetFaulty if there are any."""
        if self._found:
            raise TargetFaulty(self.name, tuple(self._found))


def told(error: BaseException) -> str:
    """Return an error in words."""
    if isinstance(error, ColumbaError):
        return f"{type(error).__name__}: {error}"
    return f"{type(error).__name__}({', '.join(map(repr, error.args))})"
