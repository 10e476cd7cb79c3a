"""An address of which the provider says that nobody is there, however Columba is run."""

from columba_producer import Recipient, User
from columba_producer.address_book import AddressBook

from tests.system.system import System, until

GONE = "550 5.1.1 no such user"


def enqueue(columba: System, to: object) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=to, context={"number": 1})  # type: ignore[arg-type]


def test_an_address_that_is_dead_is_not_written_to_again(columba: System) -> None:
    book = AddressBook(columba.engine)
    book.add(User("moved", addresses={"email": ["unknown-moved@example.org"]}))
    enqueue(columba, User("moved"))
    assert GONE in columba.await_state("unknown-moved@example.org", "dead").reason
    [entry] = book.entries(user="moved")
    assert (entry.active, GONE in (entry.reason or "")) == (False, True)
    assert GONE in columba.columba("addresses", "list", "--user", "moved").replace("\n", " ")
    [told] = columba.explain("unknown-moved@example.org")["out_of_use"]
    assert (told["user_id"], told["target"], GONE in told["reason"]) == ("moved", "email", True)

    enqueue(columba, User("moved"))
    until(lambda: len(columba.deliveries("user:moved")) == 2, "the second event is recorded")
    until(
        lambda: "suppressed" in {row.state for row in columba.deliveries("user:moved")}, "the second one is suppressed"
    )
    assert len(columba.deliveries("unknown-moved@example.org")) == 1


def test_an_address_in_nobodys_book_is_not_written_to_again_either(columba: System) -> None:
    to = "unknown-stranger@example.org"
    enqueue(columba, to)
    columba.await_state(to, "dead")
    enqueue(columba, to)
    until(lambda: len(columba.deliveries(to)) == 2, "the second event is recorded")
    until(lambda: "suppressed" in {row.state for row in columba.deliveries(to)}, "the second one is suppressed")
    [reason] = [row.reason for row in columba.deliveries(to) if row.state == "suppressed"]
    assert reason.startswith(f"address suppressed by bounce: {GONE}")
    told = " ".join(columba.columba("explain", to).split())
    assert "nobody is there, so the address is suppressed" in told


def test_what_was_on_its_way_to_it_says_why_it_ended(columba: System) -> None:
    book = AddressBook(columba.engine)
    book.add(User("leaver", addresses={"email": ["unknown-leaver@example.org"]}))
    book.deactivate("leaver", reason=f"{GONE} (in reply to RCPT TO)")
    enqueue(columba, Recipient(address="unknown-leaver@example.org", user="leaver"))
    columba.await_state("unknown-leaver@example.org", "suppressed")
    assert GONE in columba.columba("explain", "unknown-leaver@example.org").replace("\n", " ")


def test_a_refusal_that_may_mean_something_else_leaves_the_address_in_use(columba: System) -> None:
    book = AddressBook(columba.engine)
    book.add(User("spammed", addresses={"email": ["policy@example.org"]}))
    enqueue(columba, User("spammed"))
    columba.await_state("policy@example.org", "dead")
    assert [entry.active for entry in book.entries(user="spammed")] == [True]
