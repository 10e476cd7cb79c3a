"""What mail systems say, each in its own way, is understood."""

import pytest
from columba_consumers.bounces import Sort, read
from columba_shared.log.bounce import Finding

from tests.bounced.dsn import Original
from tests.bounced.systems import NOBODY_THERE

ANN = Original(to="Ann+Test@Example.org", id="abcdef0123456789abcdef0123456789")


@pytest.mark.parametrize("system", NOBODY_THERE)
def test_it_is_understood_that_nobody_is_there(system: str) -> None:
    report = read(NOBODY_THERE[system](ANN))
    [verdict] = report.verdicts
    assert report.sort is Sort.BOUNCE
    assert verdict.finding is Finding.HARD
    assert verdict.addresses == ("ann+test@example.org",)
    assert verdict.status in {"5.1.1", "5.1.10"}
    assert f"<{ANN.id}@example.com>" in report.evidence
