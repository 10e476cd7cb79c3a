"""What comes back: reports of mail that did not arrive or was not wanted, read, traced and acted upon."""

from columba_consumers.bounces.intake import Intake, Taken
from columba_consumers.bounces.reading import read
from columba_consumers.bounces.report import Report, Sort, Verdict

__all__ = ["Intake", "Report", "Sort", "Taken", "Verdict", "read"]
