"""SMS: a text to a number, by Twilio."""

from columba_consumers.targets.sms.target import SmsTarget

__all__ = ["SmsTarget"]
