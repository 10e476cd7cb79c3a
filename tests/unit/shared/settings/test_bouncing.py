"""Where bounces go, and what follows: what cannot work together is told at once."""

from datetime import timedelta
from pathlib import Path

import pytest
from columba_shared.errors import InvalidSettings
from columba_shared.settings import Settings
from columba_shared.settings.bouncing import Often

KEY = "k" * 32
ADDRESS = {"COLUMBA_BOUNCE_ADDRESS": "bounces@example.com"}


def read(environ: dict[str, str], folder: Path) -> Settings:
    return Settings.from_env(environ, directory=folder)


def test_with_keys_only_what_is_signed_is_believed_unless_told_otherwise(tmp_path: Path) -> None:
    keyed = ADDRESS | {"COLUMBA_BOUNCE_KEYS": KEY}
    assert read(ADDRESS, tmp_path).bounce_trust == "named"
    assert read({"COLUMBA_BOUNCE_KEYS": KEY}, tmp_path).bounce_trust == "named"
    assert read(keyed, tmp_path).bounce_trust == "signed"
    assert read(keyed | {"COLUMBA_BOUNCE_TRUST": "named"}, tmp_path).bounce_trust == "named"


def test_soft_bounces_are_counted_in_days_or_weeks(tmp_path: Path) -> None:
    assert read({}, tmp_path).bounce_soft == Often(5, timedelta(days=14))
    assert read({"COLUMBA_BOUNCE_SOFT": "3 / 2w"}, tmp_path).bounce_soft == Often(3, timedelta(weeks=2))


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"COLUMBA_BOUNCE_KEYS": KEY, "COLUMBA_BOUNCE_TRUST": "signed"}, "COLUMBA_BOUNCE_ADDRESS"),
        ({"COLUMBA_BOUNCE_ADDRESS": f"{'b' * 24}@example.com", "COLUMBA_BOUNCE_KEYS": KEY}, "at most 23"),
        ({"COLUMBA_BOUNCE_ADDRESS": "Bounces <b@example.com>"}, "one plain address"),
        ({"COLUMBA_BOUNCE_ADDRESS": "b+tag@example.com"}, "one plain address"),
        (ADDRESS | {"COLUMBA_BOUNCE_TRUST": "signed"}, "COLUMBA_BOUNCE_KEYS"),
        ({"COLUMBA_BOUNCE_TRUST": "any"}, "must be one of"),
        ({"COLUMBA_BOUNCE_SOFT": "0/14d"}, "such as 5/14d"),
        ({"COLUMBA_BOUNCE_SOFT": "5"}, "such as 5/14d"),
        (ADDRESS | {"COLUMBA_BOUNCE_KEYS": "short"}, "openssl"),
    ],
)
def test_what_cannot_be_used_is_told(environ: dict[str, str], told: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidSettings) as caught:
        read(environ, tmp_path)
    assert told in str(caught.value.problems[0])
