"""SMS through a double of Twilio's API on a socket: what it is asked, and what follows from its answers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final
from uuid import uuid4

import pytest
from columba_consumers import SmsMessage
from columba_consumers.errors import (
    DeliveryError,
    InvalidMessage,
    Permanent,
    RecipientDead,
    TargetDown,
    Temporary,
    Throttled,
    Unknown,
)
from columba_consumers.targets.slotted import SlottedTarget
from columba_consumers.targets.sms import SmsTarget
from columba_consumers.targets.sms.codes import SENDER_PAUSE
from columba_consumers.targets.target import DeliveryRef, Receipt
from columba_consumers.testing import check_target
from columba_shared.errors import InvalidSetting

from tests.services.http_double import Asked, Cut, Said, http_double, http_double_apart
from tests.services.ports import LOOPBACK, free_ports
from tests.services.target_env import env_of
from tests.services.twilio_double import ACCOUNT, TOKEN, WRONG_SENDER, Twilio

BOB: Final = "+436601234567"
SENDER: Final = "+15005550006"
HELLO: Final = SmsMessage(text="Hello")
NONE: Final = None


def variables(url: str, more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return settings that lead to a double."""
    return {
        "COLUMBA_SMS_ACCOUNT": ACCOUNT,
        "COLUMBA_SMS_TOKEN": TOKEN,
        "COLUMBA_SMS_SENDER": SENDER,
        "COLUMBA_SMS_URL": url,
        "COLUMBA_SMS_TIMEOUT": "5",
        **(more or {}),
    }


async def sent(
    url: str, to: str = BOB, message: SmsMessage = HELLO, more: Mapping[str, str] | None = None
) -> tuple[Receipt, DeliveryRef]:
    """Make one delivery as the core does."""
    target = SlottedTarget(SmsTarget(env_of(SmsTarget, variables(url, more))))
    delivery = DeliveryRef(id=uuid4(), event_id=uuid4(), kind="code.sent", address=to, name=None, attempt=1)
    try:
        async with target.slot() as slot:
            return await slot.deliver(message, delivery), delivery
    finally:
        await target.close()


async def failed(
    url: str, to: str = BOB, message: SmsMessage = HELLO, more: Mapping[str, str] | None = None
) -> DeliveryError:
    """Return what a delivery raises."""
    with pytest.raises(DeliveryError) as caught:
        await sent(url, to, message, more)
    return caught.value


async def test_it_is_what_columba_expects_of_a_target() -> None:
    nobody = f"http://{LOOPBACK}:{next(free_ports())}"
    with http_double_apart(Twilio().answer) as double:
        await check_target(
            SmsTarget,
            message=HELLO,
            address=BOB,
            settings=variables(double.url),
            unreachable={"COLUMBA_SMS_URL": nobody},
            silent=lambda port: {"COLUMBA_SMS_URL": f"http://{LOOPBACK}:{port}", "COLUMBA_SMS_TIMEOUT": "1"},
            refused={"+15005550001": RecipientDead, "+15005550002": Permanent},
        )


async def test_twilio_is_asked_for_what_the_message_says_and_told_where_to_report() -> None:
    twilio = Twilio()
    where = {"COLUMBA_SMS_RECEIPTS": "https://columba.example.com/receipts/twilio"}
    async with http_double(twilio.answer) as double:
        receipt, delivery = await sent(double.url, more=where)
    (taken,) = twilio.messages
    assert receipt.provider_id == taken.pop("sid")
    assert taken == {
        "To": BOB,
        "From": SENDER,
        "Body": "Hello",
        "StatusCallback": f"https://columba.example.com/receipts/twilio?delivery={delivery.id}",
    }
    assert receipt.reply == "201 queued, segments: 1"


@pytest.mark.parametrize("written", ["0660 1234567", "+43 660 1234567", "+4306601234567", "00436601234567"])
async def test_to_a_spelling_by_which_nobody_is_recognised_nothing_is_sent(written: str) -> None:
    twilio = Twilio()
    async with http_double(twilio.answer) as double:
        error = await failed(double.url, written, more={"COLUMBA_SMS_REGION": "AT"})
    assert isinstance(error, InvalidMessage)
    assert f"write {BOB}" in str(error)
    assert twilio.messages == []


async def test_a_messaging_service_or_the_message_itself_says_who_it_is_from() -> None:
    twilio, service = Twilio(), "MG" + "0" * 32
    async with http_double(twilio.answer) as double:
        await sent(double.url, more={"COLUMBA_SMS_SENDER": service})
        await sent(double.url, message=SmsMessage(text="Hello", sender="SHOP"))
        await sent(double.url, message=SmsMessage(text="Hello", sender="MG Motors"))
        nobody = await failed(double.url, more={"COLUMBA_SMS_SENDER": ""})
    assert [(each.get("MessagingServiceSid"), each.get("From")) for each in twilio.messages] == [
        (service, None),
        (None, "SHOP"),
        (None, "MG Motors"),
    ]
    assert isinstance(nobody, InvalidMessage)


@pytest.mark.parametrize(
    ("message", "field"),
    [(SmsMessage(text="Hello \ud83d"), "text"), (SmsMessage(text="Hello", sender="A\udc00"), "sender")],
    ids=["text", "sender"],
)
async def test_half_a_character_is_refused_before_anybody_is_asked(message: SmsMessage, field: str) -> None:
    async with http_double(Twilio().answer) as double:
        error = await failed(double.url, message=message)
        assert double.connections == 0
    assert isinstance(error, InvalidMessage)
    assert error.reply.startswith(f"{field}: ")


REFUSED: Final = [
    ("+15005550001", RecipientDead, "21211", NONE),
    ("+15005550002", Permanent, "400", NONE),
    ("+15005550003", Permanent, "400", NONE),
    ("+15005550004", RecipientDead, "21610", NONE),
    ("+15005550009", RecipientDead, "21614", NONE),
    ("+15005550010", Throttled, "21611", NONE),
    ("+15005550011", Permanent, "400", NONE),
    ("+15005550012", Temporary, "500", NONE),
    ("+15005550013", Temporary, "21606", SENDER_PAUSE),
    ("+15005550014", Temporary, "21703", SENDER_PAUSE),
]


@pytest.mark.parametrize(("to", "kind", "code", "after"), REFUSED, ids=[each[0] for each in REFUSED])
async def test_an_error_of_twilios_means_this(
    to: str, kind: type[DeliveryError], code: str, after: timedelta | None
) -> None:
    async with http_double(Twilio().answer) as double:
        error = await failed(double.url, to)
    assert (type(error), error.code, getattr(error, "after", None)) == (kind, code, after)


async def test_whoever_is_too_fast_waits_as_long_as_twilio_says() -> None:
    async with http_double(Twilio(busy_for_seconds=7).answer) as double:
        error = await failed(double.url)
    assert isinstance(error, Throttled)
    assert (error.after, error.code) == (timedelta(seconds=7), "20429")


async def test_a_wrong_login_is_nobodys_delivery_and_found_by_asking_how_it_is() -> None:
    async with http_double(Twilio().answer) as double:
        wrong = {"COLUMBA_SMS_TOKEN": "wrong"}
        assert type(await failed(double.url, more=wrong)) is TargetDown
        target = SmsTarget(env_of(SmsTarget, variables(double.url, wrong)))
        with pytest.raises(TargetDown, match="20003: Authenticate"):
            await target.probe()
        await target.close()


NO_API: Final = (301, 302, 404, 405, 410)


async def test_an_url_that_is_not_twilios_is_down_and_costs_no_message() -> None:
    def answer(_: Asked) -> Said:
        return Said(status=status, headers={"Location": "https://example.com/"}, body=b"<h1>Welcome to nginx</h1>")

    async with http_double(answer) as double:
        target = SmsTarget(env_of(SmsTarget, variables(double.url)))
        for status in NO_API:
            assert type(await failed(double.url)) is TargetDown
            with pytest.raises(TargetDown, match=f"{status} "):
                await target.probe()
        await target.close()


async def test_of_two_tokens_the_first_logs_in() -> None:
    async with http_double(Twilio().answer) as double:
        await sent(double.url, more={"COLUMBA_SMS_TOKEN": f"{TOKEN}, an-old-one"})
        assert type(await failed(double.url, more={"COLUMBA_SMS_TOKEN": f"an-old-one,{TOKEN}"})) is TargetDown


async def test_an_account_that_is_not_active_is_down() -> None:
    async with http_double(Twilio(suspended=True).answer) as double:
        target = SmsTarget(env_of(SmsTarget, variables(double.url)))
        with pytest.raises(TargetDown, match="20005: Account is not active"):
            await target.probe()
        await target.close()


async def test_a_key_that_may_only_send_is_good_enough() -> None:
    async with http_double(Twilio(reads_denied=True).answer) as double:
        target = SmsTarget(env_of(SmsTarget, variables(double.url)))
        await target.probe()
        await target.close()
        await sent(double.url)


async def test_a_sender_that_is_set_wrongly_spends_nobodys_attempts_and_one_of_a_message_its_own() -> None:
    async with http_double(Twilio().answer) as double:
        of_all = await failed(double.url, more={"COLUMBA_SMS_SENDER": WRONG_SENDER})
        of_one = await failed(double.url, message=SmsMessage(text="Hello", sender=WRONG_SENDER))
    assert isinstance(of_all, Throttled)
    assert of_all.after == SENDER_PAUSE
    assert type(of_one) is Permanent


@pytest.mark.parametrize("cut", [Cut.AFTER_READING, Cut.SILENCE, Cut.BEFORE_READING])
async def test_where_twilio_may_have_it_and_says_nothing_it_is_in_doubt(cut: Cut) -> None:
    async with http_double(Twilio().answer, cut=cut) as double:
        assert type(await failed(double.url, more={"COLUMBA_SMS_TIMEOUT": "3"})) is Unknown


async def test_what_takes_more_segments_than_are_allowed_is_refused_with_what_makes_it_long() -> None:
    twilio = Twilio()
    async with http_double(twilio.answer) as double:
        two = {"COLUMBA_SMS_SEGMENTS": "2"}
        await sent(double.url, message=SmsMessage(text="a" * 306), more=two)
        error = await failed(double.url, message=SmsMessage(text="\u0436" * 135), more=two)
    assert isinstance(error, InvalidMessage)
    assert "takes 3 segments (135 units of UCS-2, for it is not all in GSM's alphabet: '\u0436')" in error.reply
    assert len(twilio.messages) == 1


def test_without_an_account_the_fix_is_said() -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_SMS_ACCOUNT: is needed"):
        SmsTarget(env_of(SmsTarget, {}))
    with pytest.raises(InvalidSetting, match="COLUMBA_SMS_TOKEN: is needed: or COLUMBA_SMS_KEY"):
        SmsTarget(env_of(SmsTarget, {"COLUMBA_SMS_ACCOUNT": ACCOUNT}))
    with pytest.raises(InvalidSetting, match="nobody knows the numbers of XX"):
        SmsTarget(env_of(SmsTarget, {"COLUMBA_SMS_REGION": "XX"}))


def test_a_country_has_a_pace_of_its_own() -> None:
    target = SmsTarget(env_of(SmsTarget, variables("https://example.com")))
    assert [target.destination(each) for each in (BOB, SENDER, "nobody")] == ["+43", "+1", ""]
