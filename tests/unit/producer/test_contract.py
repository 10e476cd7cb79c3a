"""Events that could not be said are refused as they are published, and no others."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from columba_producer import Contract, ContractBroken, Digest, EventRequest, Producer, Recipient
from columba_producer.creation import Creation
from columba_shared.contract.contract import Clause, written
from columba_shared.contract.contract import Contract as Written
from columba_shared.errors import InvalidSetting
from columba_shared.wire import decode

PLACE = "order.confirmed/email.txt:3"


def creation(needs: dict[str, str] | tuple[str, ...] = (), *, about: str | None = None) -> Creation:
    """Return what makes events by a contract in which one kind needs this."""
    clause = Clause(version="1", needs=dict.fromkeys(needs, PLACE), about=about)
    contract = Written(
        targets=("email",), kinds={"order.confirmed": {"email": clause}}, renderers={"email": ("invoice.*",)}
    )
    return Creation(targets=("email", "fax"), contract=Contract(contract))


def refused(made: Creation, **request: object) -> ContractBroken:
    with pytest.raises(ContractBroken) as caught:
        made.events(EventRequest.of({"kind": "order.confirmed", "to": "bob@example.org", **request}))
    return caught.value


@pytest.mark.parametrize(
    ("needs", "context", "variable", "how"),
    [
        ("number", {}, "number", "is missing"),
        ("customer.name", {"customer": {}}, "customer.name", "is missing"),
        ("customer.name", {}, "customer", "is missing"),
        ("customer.name", {"customer": None}, "customer.name", "is missing"),
        ("items[].price", {"items": [{"price": 1}, {}]}, "items[1].price", "is missing"),
        ("items[].price", {"items": ["a"]}, "items[0].price", "is missing"),
        ("items[].price", {"items": 3}, "items", "is no list"),
        ("items[].taxes[].rate", {"items": [{"taxes": [{}]}]}, "items[0].taxes[0].rate", "is missing"),
        ("items[0]", {"items": []}, "items[0]", "is missing"),
        ("items[0].price", {"items": [{}]}, "items[0].price", "is missing"),
        ("rates{}.net", {"rates": {"at": {"net": 1}, "de": {}}}, "rates.de.net", "is missing"),
        ("rates{}.net", {"rates": []}, "rates", "is no mapping"),
        ('odd["a b"]', {"odd": {}}, 'odd["a b"]', "is missing"),
    ],
)
def test_what_is_lacking_is_named_with_the_template_that_needs_it(
    needs: str, context: dict[str, Any], variable: str, how: str
) -> None:
    error = refused(creation((needs,)), context=context)
    assert (error.kind, error.variable, error.place) == ("order.confirmed", variable, PLACE)
    assert str(error).startswith(f"context.{variable}: {how}, and order.confirmed cannot be said by email without it")
    assert PLACE in str(error)


@pytest.mark.parametrize(
    ("needs", "context"),
    [
        ("number", {"number": None, "more": 1}),
        ("customer.name", {"customer": {"name": ""}}),
        ("items[].price", {"items": []}),
        ("items[].price", {}),
        ("items[].price", {"items": [{"price": 1}, {"price": 2}]}),
        ("rates{}.net", {"rates": {}}),
        ("items[-1].x", {"items": [{"x": 1}]}),
    ],
)
def test_what_can_be_said_passes(needs: str, context: dict[str, Any]) -> None:
    assert creation((needs,)).events(EventRequest(kind="order.confirmed", to="bob@example.org", context=context))


def test_a_recipients_own_facts_count_for_this_recipient_alone() -> None:
    ann = Recipient(address="ann@example.org", context={"coupon": "A1"})
    made = creation(("coupon",))
    assert made.events(EventRequest(kind="order.confirmed", to=ann))
    assert refused(made, to=[ann, "bob@example.org"]).field == "context.coupon"
    eve = Recipient(address="eve@example.org", context={"other": 1})
    assert refused(made, to=[ann, eve]).field == "to[1].context.coupon"


def test_a_recipients_own_facts_stand_in_the_place_of_the_events() -> None:
    eve = Recipient(address="eve@example.org", context={"customer": {}})
    error = refused(creation(("customer.name",)), to=[eve], context={"customer": {"name": "Bob"}})
    assert error.field == "to[0].context.customer.name"


def test_of_an_audience_nobody_knows_what_its_members_bring_along() -> None:
    assert creation(("coupon",)).events(EventRequest(kind="order.confirmed", audience="everyone"))


def test_a_kind_that_nothing_says_is_refused_with_the_one_that_may_be_meant() -> None:
    error = refused(creation(), kind="order.confirmd")
    assert error.field == "kind"
    assert "perhaps order.confirmed was meant" in error.problem


def test_a_kind_that_the_apps_code_says_needs_nobody_knows_what() -> None:
    assert creation().events(EventRequest(kind="invoice.ready", to="bob@example.org"))


def test_a_target_by_which_nothing_says_a_kind_is_refused_and_one_that_is_not_in_the_contract_is_not() -> None:
    contract = Written(
        targets=("email", "fax"), kinds={"order.confirmed": {"email": Clause(version="1")}}, renderers={}
    )
    made = Creation(targets=("email", "fax", "own"), contract=Contract(contract))
    assert "only by email" in refused(made, to="+431", target="fax").problem
    assert made.events(EventRequest(kind="anything", to="x", target="own"))


def test_an_event_that_tells_of_a_thing_has_to_be_about_one() -> None:
    made = creation(about=PLACE)
    for given in (None, "invoice"):
        error = refused(made, about=given)
        assert (error.field, error.variable, error.place) == ("about", "about", PLACE)
    assert made.events(EventRequest(kind="order.confirmed", to="bob@example.org", about="invoice:42"))


def test_of_an_event_that_a_digest_tells_the_facts_are_those_that_it_brings_along() -> None:
    made = creation(("count", "events[].context.text", "events[].about.total"))
    digest = Digest(window=timedelta(minutes=10))
    told = EventRequest(kind="order.confirmed", to="bob@example.org", context={"text": "Nice!"}, digest=digest)
    assert made.events(told)
    assert refused(made, digest=digest).field == "context.text"
    assert refused(made, context={"text": "Nice!"}).field == "context.count"
    error = refused(creation(("number",)), context={"number": 1}, digest=digest)
    assert "number: is no fact of a digest" in str(error)


def test_a_kind_that_nothing_says_any_more_can_be_withdrawn() -> None:
    event = decode(creation().withdrawal("order.gone", key="1", target="email").body)
    assert (event.kind, event.withdraw, event.key) == ("order.gone", True, "1")


def test_a_producer_reads_its_contract_when_it_is_made(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match=r"contract: .*none.json cannot be read"):
        Producer("amqp://mq", contract=tmp_path / "none.json")
    environ = {"COLUMBA_CONTRACT": str(tmp_path / "none.json"), "COLUMBA_ENV_FILE": ""}
    with pytest.raises(InvalidSetting, match=r"COLUMBA_CONTRACT: .*none.json cannot be read"):
        Producer.from_env(environ)


def test_a_producer_holds_its_events_to_its_contract(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(written(Written(targets=("email",), kinds={}, renderers={})))
    with pytest.raises(ContractBroken), Producer("amqp://mq", contract=file) as producer:
        producer.enqueue("order.confirmed", to="bob@example.org")
