"""The bench runs from end to end, and what it drains arrives once and is logged once."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.services.programs import missing

PROJECT = Path(__file__).parents[3]


def test_a_quick_bench_loses_and_doubles_nothing_and_names_its_ratios(tmp_path: Path) -> None:
    if missing() and not os.environ.get("CI"):
        pytest.skip(f"needs {', '.join(missing())}")
    numbers = tmp_path / "numbers.json"
    command = [sys.executable, "-m", "benchmarks", "--quick", "--mails", "100", "--json", str(numbers)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    assert done.returncode == 0, done.stdout + done.stderr
    result = json.loads(numbers.read_text())
    assert [(each["lost"], each["doubled"], each["log_wrong"]) for each in result["drains"]] == [(0, 0, 0)]
    assert [(each["lost"], each["doubled"], each["log_wrong"]) for each in result["wholes"]] == [(0, 0, 0)] * 2
    assert result["ratio"] > 1
    assert result["ratio_to_whole"] > 1
    assert result["latency"]["events"] == 50
