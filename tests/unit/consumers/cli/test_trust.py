"""The doctor tells whoever has keys that these sign nothing."""

from pathlib import Path

import pytest
from columba_consumers.cli.checks.bounces import check_trust
from columba_consumers.cli.checks.finding import Verdict
from columba_shared.settings import Settings

KEYS = {"COLUMBA_BOUNCE_KEYS": "k" * 32}
ADDRESS = {"COLUMBA_BOUNCE_ADDRESS": "bounces@example.com"}


def test_keys_without_an_address_are_told(tmp_path: Path) -> None:
    (found,) = check_trust(Settings.from_env(KEYS, directory=tmp_path))
    assert (found.verdict, "COLUMBA_BOUNCE_ADDRESS" in (found.fix or "")) == (Verdict.NOTE, True)


@pytest.mark.parametrize("environ", [{}, ADDRESS, KEYS | ADDRESS])
def test_what_holds_together_is_not(environ: dict[str, str], tmp_path: Path) -> None:
    assert list(check_trust(Settings.from_env(environ, directory=tmp_path))) == []
