"""Every proof that docs/features.md names exists."""

import re
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_PROOFS = sorted(set(re.findall(r"`(test_\w+|tests/[\w/.]+)`", (_ROOT / "docs" / "features.md").read_text())))


@pytest.fixture(scope="module")
def tests() -> str:
    """All test modules as one text."""
    return "\n".join(file.read_text() for file in (_ROOT / "tests").rglob("test_*.py"))


@pytest.mark.parametrize("proof", _PROOFS)
def test_a_named_proof_exists(proof: str, tests: str) -> None:
    if "/" in proof:
        assert (_ROOT / proof).exists()
    else:
        assert f"def {proof}(" in tests
