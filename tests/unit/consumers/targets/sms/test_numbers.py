"""Phone numbers in one spelling."""

import pytest
from columba_consumers.targets.sms.numbers import country_code, e164


@pytest.mark.parametrize(
    ("text", "region", "number", "code"),
    [
        ("+43 660 1234567", None, "+436601234567", "+43"),
        ("0660 / 123 45 67", "AT", "+436601234567", "+43"),
        ("0043 660 1234567", "AT", "+436601234567", "+43"),
        ("+1 (415) 555-2671", "AT", "+14155552671", "+1"),
        ("tel:+44-20-7946-0958", None, "+442079460958", "+44"),
    ],
)
def test_a_number_is_read_however_it_is_written(text: str, region: str | None, number: str, code: str) -> None:
    assert e164(text, region) == number
    assert country_code(number) == code


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no phone number"),
        ("bob@example.com", "is no phone number"),
        ("0660 1234567", "write it with its country's code"),
        ("+1 415 555", "too few"),
        ("+43 660 1234567 ext. 5", "an extension"),
        ("+1 415 555 2671" + " " * 40, "is no phone number that can exist"),
        ("+999 123456789", "is no phone number"),
    ],
)
def test_what_is_no_number_is_refused_with_the_reason(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        e164(text)
