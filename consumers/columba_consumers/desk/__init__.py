"""What an operator sees and decides at a screen: the log by the page, and decisions by the commands' own functions."""

from columba_consumers.cli.lifting import Allowed
from columba_consumers.desk.deliveries import Line
from columba_consumers.desk.desk import Desk, at_desk
from columba_consumers.desk.errors import Unfitting
from columba_consumers.desk.fitting import Fitting
from columba_consumers.desk.looking import DeliveryView, EventView
from columba_consumers.desk.page import Page
from columba_consumers.desk.ruling import Ruling
from columba_consumers.desk.wanted import Wanted
from columba_consumers.moderation import Tally

__all__ = [
    "Allowed",
    "DeliveryView",
    "Desk",
    "EventView",
    "Fitting",
    "Line",
    "Page",
    "Ruling",
    "Tally",
    "Unfitting",
    "Wanted",
    "at_desk",
]
