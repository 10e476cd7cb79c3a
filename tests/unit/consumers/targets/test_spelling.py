"""How addresses are spelled that somebody asks about."""

from columba_consumers.targets.spelling import looked_up_on
from columba_shared.settings import Settings


def test_digits_are_a_number_of_telephones_alone() -> None:
    settings = Settings.from_env({"COLUMBA_TARGETS": "email,sms", "COLUMBA_SMS_REGION": "AT"})
    asked = [("sms", "0660 1234567"), ("", "+43 660 1234567"), ("", "06601234567"), ("crm", "+436601234567 ")]
    found = [looked_up_on(settings, target, address) for target, address in asked]
    assert found == ["+436601234567", "+436601234567", "06601234567", "+436601234567 "]
    assert looked_up_on(settings, "sms", "0000") == "0000"
