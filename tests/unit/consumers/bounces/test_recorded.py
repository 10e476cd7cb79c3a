"""What Debian's Postfix and Exim really wrote, as `tests/bounced/record.py` took it down."""

import pytest
from columba_consumers.bounces import Sort, read
from columba_shared.log.bounce import Finding

from tests.bounced.record import CASES, ID, RECORDED, SENDER

FINDINGS = {
    "gone": Finding.HARD,
    "moved": Finding.HARD,
    "bare": Finding.SOFT,
    "full": Finding.SOFT,
    "spam": Finding.REFUSED,
}


@pytest.mark.parametrize("system", ["postfix", "exim"])
@pytest.mark.parametrize("case", CASES)
def test_a_real_report_is_understood(system: str, case: str) -> None:
    report = read((RECORDED / f"{system}-{case}.eml").read_bytes())
    [verdict] = report.verdicts
    assert (report.sort, report.reporter) == (Sort.BOUNCE, "mx.example.net")
    assert (verdict.finding, verdict.addresses) == (FINDINGS[case], (f"{case}@example.org",))
    assert CASES[case][:9] in (verdict.said or "")
    assert f"<{ID}@example.com>" in report.evidence
    assert SENDER in report.evidence
