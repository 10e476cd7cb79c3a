"""The conformance suite for targets: what is fine passes, and what is wrong is told, one line each, with the fix."""

import asyncio
import dataclasses
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import Permanent, TargetDown
from columba_consumers.targets import DeliveryRef, Part, Receipt, Setting, SimpleTarget, parsers
from columba_consumers.targets.email.kit import email_kit
from columba_consumers.testing import TargetFaulty, check_kit, check_target
from columba_shared.settings import Settings


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What it carries."""

    text: str


@dataclasses.dataclass(frozen=True)
class Card:
    """The same, as a dataclass."""

    text: str


class Loose(msgspec.Struct, kw_only=True):
    """May change at any time."""

    text: str


class Good(SimpleTarget):
    """Does everything right, and every other one of these tests one thing wrong."""

    name = "good"
    message = Note
    parts = (Part(field="text", file="good.txt", required=True),)
    settings = (
        Setting(name="COLUMBA_GOOD_URL", default="", parse=parsers.text, secret=True, help="Where to."),
        Setting(name="COLUMBA_GOOD_DOWN", default="no", parse=parsers.one_of("yes", "no"), help="Out of order."),
    )
    slots = 4

    def leads_to(self) -> str:
        """Return where to."""
        return "good people"

    async def deliver(self, prepared: Any, delivery: DeliveryRef) -> Receipt:  # noqa: ANN401, ARG002 - as it is
        """Take a moment."""
        if self.env["down"] == "yes":
            raise OSError("nobody there")
        if delivery.address == "refused":
            raise PermissionError("not you")
        for _ in range(5):
            await asyncio.sleep(0)
        return Receipt(reply="ok", provider_id="1")

    def classify(self, error: Exception) -> Permanent | TargetDown | None:
        """Know these two."""
        if isinstance(error, PermissionError):
            return Permanent("not you")
        return TargetDown("nobody there") if isinstance(error, OSError) else None

    async def probe(self) -> None:
        """Look."""
        if self.env["down"] == "yes":
            raise TargetDown("nobody there")


GIVEN: Mapping[str, Any] = {
    "message": Note(text="hello"),
    "address": "bob",
    "settings": {"COLUMBA_GOOD_URL": "good://bob:hunter2@example.org/?token=letmein"},
    "unreachable": {"COLUMBA_GOOD_DOWN": "yes"},
    "refused": {"refused": Permanent},
    "patience": 2,
}


def variant(**changed: Any) -> type[Good]:  # noqa: ANN401 - anything may be wrong
    """Return a target that differs from the good one in one thing."""
    return type("Variant", (Good,), changed)


async def faults(target_class: type[SimpleTarget], **given: Any) -> str:  # noqa: ANN401 - as above
    with pytest.raises(TargetFaulty) as caught:
        await check_target(target_class, **{**GIVEN, **given})
    assert all("\n" not in fault for fault in caught.value.faults)
    return str(caught.value)


async def test_a_good_target_passes() -> None:
    await check_target(Good, **GIVEN)


async def test_a_dataclass_is_a_message_as_good_as_a_struct() -> None:
    await check_target(variant(message=Card), **{**GIVEN, "message": Card(text="hello")})


def test_it_can_be_called_where_no_loop_runs() -> None:
    asyncio.run(check_target(Good, **GIVEN))


async def test_mail_passes_it_too(tmp_path: Path) -> None:
    settings = Settings.from_env({"COLUMBA_MAILDIR": str(tmp_path / "mail")}, directory=tmp_path)
    mail = EmailMessage(subject="Hello", text="World\n")
    await check_kit(email_kit(settings), message=mail, address="bob@example.org", patience=5)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": "Not good"}, "a name is made of a-z"),
        ({"message": Loose}, "message must be a frozen msgspec.Struct or a frozen dataclass"),
        ({"message": dict}, "message must be a frozen msgspec.Struct or a frozen dataclass"),
        ({"parts": (Part(field="body", file="good.txt"),)}, "makes the field 'body', which Note lacks"),
        ({"parts": (Part(field="text", file="a/b.txt"),)}, "must be the name of a file"),
        ({"deliver": lambda self, prepared, delivery: None}, "deliver must be `async def`"),  # noqa: ARG005 - as it is
        ({"settings": [1]}, "settings must be a tuple"),
        ({"slots": 0}, "has slots = 0: give a whole number from 1"),
        ({"leads_to": lambda self: ""}, "leads_to must return a text"),  # noqa: ARG005 - as above
        ({"leads_to": lambda self: self.env["url"]}, "leads_to shows a secret"),
        ({"__repr__": lambda self: f"Good({self.env['url']})"}, "repr shows a secret"),
        ({"validate": lambda self, address: None}, "validate takes '' for an address"),  # noqa: ARG005 - as above
        ({"validate": lambda self, address: address["x"]}, "validate must raise ValueError for '', not TypeError"),  # noqa: ARG005 - as above
        ({"destination": lambda self, address: None}, "destination must return a text"),  # noqa: ARG005 - as above
        ({"classify": lambda self, error: None}, "deliver to 'refused' must raise Permanent, not PermissionError"),  # noqa: ARG005 - as above
    ],
)
async def test_what_a_class_says_wrong_is_told(changed: dict[str, Any], told: str) -> None:
    assert told in await faults(variant(**changed))


def setting(name: str = "COLUMBA_GOOD_HOST", **changed: Any) -> Setting:  # noqa: ANN401 - as above
    return Setting(**{"name": name, "default": "", "parse": parsers.text, "help": "Where.", **changed})


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (setting("COLUMBA_HOST"), "must be COLUMBA_GOOD_ and a name"),
        (setting(help=" "), "needs a help text"),
        (setting("COLUMBA_GOOD_PASSWORD"), "is named like a secret"),
        (setting(parse=parsers.whole(1, 9)), "refuses its own default ''"),
        (setting(parse=lambda text: {"": 1}[text]), "must raise ValueError for what it refuses, not KeyError"),
    ],
)
async def test_what_a_setting_says_wrong_is_told(given: Setting, told: str) -> None:
    assert told in await faults(variant(settings=(*Good.settings, given)))


def delivering(deliver: Callable[..., Any]) -> type[Good]:
    return variant(deliver=deliver)


async def test_a_delivery_that_ends_without_a_receipt_is_told() -> None:
    async def deliver(*_: object) -> None:
        """Forget the receipt."""

    assert "deliver raised Unknown: good returned no Receipt" in await faults(delivering(deliver))


async def test_a_delivery_that_outlives_its_cancelling_is_told() -> None:
    async def deliver(*_: object) -> Receipt:
        """Go on, whatever anybody says."""
        try:
            await asyncio.sleep(0.01)
        except asyncio.CancelledError as error:
            raise RuntimeError("not now") from error
        return Receipt(reply="ok")

    told = await faults(delivering(deliver))
    assert "a cancelled delivery raised RuntimeError('not now'): let asyncio.CancelledError pass" in told


async def test_deliveries_that_get_into_each_others_way_are_told() -> None:
    busy: list[DeliveryRef] = []

    async def deliver(_: Good, __: object, delivery: DeliveryRef) -> Receipt:
        """Take one at a time, and say that there may be four."""
        if busy:
            raise RuntimeError("one at a time")
        busy.append(delivery)
        try:
            await asyncio.sleep(0)
        finally:
            busy.clear()
        return Receipt(reply="ok")

    assert "of 8 deliveries at once, " in await faults(delivering(deliver))


async def test_a_target_that_cannot_tell_that_nobody_is_there_is_told() -> None:
    async def probe(_: Good) -> None:
        """See nothing."""

    told = await faults(variant(probe=probe, classify=lambda self, error: None), refused={})  # noqa: ARG005 - as it is
    assert "probe finds nothing wrong while the provider cannot be reached: raise TargetDown" in told
    assert "deliver raised OSError('nobody there') while the provider cannot be reached" in told


async def test_a_task_that_is_left_running_is_told() -> None:
    left: list[asyncio.Task[None]] = []

    async def open_(_: Good) -> None:
        """Begin something."""
        left.append(asyncio.create_task(asyncio.sleep(60), name="beat"))

    assert "close leaves tasks behind: sleep" in await faults(variant(open=open_))
    for task in left:
        task.cancel()


async def test_a_target_that_fails_to_close_twice_is_told() -> None:
    closed: list[Good] = []

    async def close(self: Good) -> None:
        """Mind being asked twice."""
        if self in closed:
            raise RuntimeError("closed already")
        closed.append(self)

    assert "close, a second time, raised RuntimeError('closed already')" in await faults(variant(close=close))


async def test_a_message_that_cannot_be_kept_is_told() -> None:
    class Odd(msgspec.Struct, frozen=True):
        """Says nothing that JSON could."""

        text: object

    told = await faults(variant(message=Odd), message=Odd(text=object()))
    assert "keeping the message and reading it back raised" in told


async def test_a_target_that_cannot_be_made_ends_the_check() -> None:
    def init(*_: object) -> None:
        """Fail."""
        raise RuntimeError("no")

    assert "target good cannot be made: RuntimeError: no" in await faults(variant(__init__=init))


async def test_settings_that_cannot_be_used_end_the_check() -> None:
    assert "COLUMBA_GOOD_DOWN: must be one of yes, no" in await faults(Good, settings={"COLUMBA_GOOD_DOWN": "perhaps"})


async def test_what_the_documentation_shows_is_a_target() -> None:
    page = (Path(__file__).parents[3] / "docs" / "targets.md").read_text()
    _, source, _ = re.split(r"```(?:python\n)?", page, maxsplit=2)

    async def send_a_fax(host: str, number: str, text: str, *, job: str) -> SimpleNamespace:
        """Stand for the machine that the page does not show."""
        await asyncio.sleep(0)
        if host == "nowhere":
            raise ConnectionRefusedError("nobody there")
        return SimpleNamespace(text=f"{number}: {len(text)} characters", number=job)

    shown: dict[str, Any] = {"send_a_fax": send_a_fax}
    exec(source, shown)  # noqa: S102 - our own page
    fax, note = shown["FaxTarget"], shown["Fax"](text="hello")
    await check_target(fax, message=note, address="+4315550006")
    # It declares no probe, so that only its deliveries tell.
    with pytest.raises(TargetFaulty) as caught:
        await check_target(fax, message=note, address="+4315550006", unreachable={"COLUMBA_FAX_HOST": "nowhere"})
    assert caught.value.faults == ("probe finds nothing wrong while the provider cannot be reached: raise TargetDown",)
