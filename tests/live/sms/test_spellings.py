"""However an app's audience spells a number, whoever has it is told once, and nobody who is not to be."""

from pathlib import Path
from typing import Final

import phonenumbers
import pytest
from columba_consumers.targets.sms.numbers import e164
from columba_shared.addresses.sms import DROPS_ZERO, check_sms

from tests.contract.cli.shell import Shell
from tests.services.http_double import http_double_apart
from tests.services.twilio_double import ACCOUNT, TOKEN, Twilio

_APP: Final = """
from columba_consumers import User, audience

@audience("all")
def everybody(event):
    yield from ("0660 1234567", "+43 (0)660 123 45 67", User("42"), "00436601234567")
    yield from ("0660 7654321", "+43 660 7654321", "none")
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in which SMS goes from Austria."""
    (tmp_path / "spellings_app.py").write_text(_APP)
    shell = Shell(folder=tmp_path)
    shell.write_templates("code.sent", **{"sms.txt": "Hello"})
    shell.settings |= {
        "COLUMBA_APP": "spellings_app",
        "COLUMBA_TARGETS": "sms",
        "COLUMBA_SMS_ACCOUNT": ACCOUNT,
        "COLUMBA_SMS_TOKEN": TOKEN,
        "COLUMBA_SMS_SENDER": "+15005550006",
        "COLUMBA_SMS_REGION": "AT",
    }
    shell.run("migrate")
    return shell


def test_one_number_gets_one_sms_and_a_suppressed_one_gets_none_however_they_are_written(shell: Shell) -> None:
    twilio = Twilio()
    shell.run("addresses", "add", "42", "sms", "0660/123 45 67")
    shell.run("suppress", "+43 660 7654321")
    with http_double_apart(twilio.answer) as double:
        shell.settings["COLUMBA_SMS_URL"] = double.url
        shell.run("enqueue", "code.sent", "--audience", "all", "--target", "sms")
        shell.run("up", "--once", "--json", status=1)
    assert [each["To"] for each in twilio.messages] == ["+436601234567"]
    told = {line["address"]: line["state"] for line in shell.run("list", "--all", "--json").lines}
    states = {address: state for address, state in told.items() if not address.startswith("audience:")}
    assert states == {"+436601234567": "sent", "+436607654321": "suppressed", "none": "dead"}


def test_a_number_taken_out_of_use_stays_so_however_it_is_written(shell: Shell) -> None:
    twilio = Twilio()
    shell.run("addresses", "add", "42", "sms", "0660/123 45 67")
    shell.run("addresses", "deactivate", "42", "--address", "+43 660 1234567")
    with http_double_apart(twilio.answer) as double:
        shell.settings["COLUMBA_SMS_URL"] = double.url
        shell.run("enqueue", "code.sent", "--user", "42", "--target", "sms")
        shell.run("up", "--once", "--json")
    assert twilio.messages == []


def test_whoever_answered_stop_is_out_of_use_in_the_book_however_the_number_was_written(shell: Shell) -> None:
    shell.run("addresses", "add", "42", "sms", "+1 (500) 555-0004")
    with http_double_apart(Twilio().answer) as double:
        shell.settings["COLUMBA_SMS_URL"] = double.url
        shell.run("enqueue", "code.sent", "--user", "42", "--target", "sms")
        shell.run("up", "--once", "--json", status=1)
    (line,) = shell.run("addresses", "list", "--json").lines
    assert (line["address"], line["active"]) == ("+15005550004", False)
    assert "21610" in line["reason"]


def test_a_number_is_forgotten_however_it_is_written(shell: Shell) -> None:
    shell.run("addresses", "add", "42", "sms", "0660/123 45 67")
    assert "1 address removed" in shell.run("forget", "0043 660 1234567", "--yes").stdout
    assert shell.run("addresses", "list", "--json").lines == []


def test_producers_refuse_a_zero_of_national_calls_where_googles_tables_drop_it_and_nowhere_else() -> None:
    for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items():
        for region in regions:
            found = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
            if found is None:
                continue
            number = phonenumbers.format_number(found, phonenumbers.PhoneNumberFormat.E164)
            check_sms(number)
            dialled = number.replace(f"+{code}", f"+{code}0", 1)
            if f"{code}" in DROPS_ZERO:
                assert e164(dialled) == number
                with pytest.raises(ValueError, match=f"write .{number[1:]}, not"):
                    check_sms(dialled)
