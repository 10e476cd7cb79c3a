"""A chain is told as one story, whichever of its deliveries somebody asks about."""

from datetime import timedelta

from columba_shared import identity, wire
from columba_shared.clock import utc_now
from columba_shared.event import Event, Recipient, Step
from columba_shared.log.entries import DeliveryEntry, EventEntry
from columba_shared.log.writer import writer_for
from columba_shared.state import State
from msgspec.structs import replace

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell

CHAIN = (Step(target="push"), Step(target="sms", after_seconds=300), Step(target="email", after_seconds=2100))
ADDRESSES = {"push": "token-1", "sms": "+436641234", "email": "amy@example.org"}


def chained(past: Past) -> Event:
    """Record a chain: push is dead, sms was sent, and the mail waits; return its last event."""
    now = utc_now()
    event = Event(id=identity.event_id(), kind="door.rings", target="push", chain=CHAIN, created_at=now)
    writer = writer_for(past.engine)
    stands = {
        "push": (State.DEAD, "device not registered"),
        "sms": (State.SENT, None),
        "email": (State.SCHEDULED, None),
    }
    for target, (state, reason) in stands.items():
        address = ADDRESSES[target]
        event = replace(event, target=target, to=(Recipient(address=address, user="amy"),))
        entry = DeliveryEntry(
            id=identity.delivery_id(event.id, target, address),
            event=event,
            address=address,
            recipient=None,
            due_at=now + timedelta(hours=1),
            created_at=now,
            state=state,
            reason=reason,
            user="amy",
        )
        with past.engine.begin() as connection:
            kept = EventEntry(event=event, body=wire.encode(event), recorded_at=now)
            writer.record(connection, [kept], [entry])
    return event


def test_explain_tells_the_chain_of_whichever_address_is_asked_about(shell: Shell, past: Past) -> None:
    chained(past)
    told = shell.run("explain", ADDRESSES["email"]).stdout
    line = " ".join(told.split())
    assert "push dead (device not registered) → sms sent 20" in line
    assert " → email due 20" in line
    (found,) = shell.run("explain", ADDRESSES["push"], "--json").line["deliveries"]
    assert [(each["target"], each["state"], each["reached"]) for each in found["chain"]] == [
        ("push", "dead", False),
        ("sms", "sent", True),
        ("email", "scheduled", False),
    ]


def test_show_tells_the_chain_of_an_event_once(shell: Shell, past: Past) -> None:
    event = chained(past)
    shown = shell.run("show", str(event.id)).stdout
    assert "push, sms after 5 min, email after 35 min" in shown
    assert shown.count("goes by one after the other: push") == 1


def test_what_has_no_chain_is_told_without_one(shell: Shell, past: Past) -> None:
    past.had("bob@example.org")
    assert "one after the other" not in shell.run("explain", "bob@example.org").stdout
    assert shell.run("explain", "bob@example.org", "--json").line["deliveries"][0]["chain"] == []
