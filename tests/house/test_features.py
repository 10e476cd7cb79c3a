"""Every proof that docs/features.md names exists."""

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def test_every_named_proof_exists() -> None:
    named = set(re.findall(r"`(test_\w+|tests/[\w/.]+)`", (_ROOT / "docs" / "features.md").read_text()))
    written = {
        name
        for file in (_ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^\s*(?:async )?def (test_\w+)\(", file.read_text(), re.MULTILINE)
    }
    assert len(named) > 100
    assert sorted(each for each in named - written if "/" not in each or not (_ROOT / each).exists()) == []
