"""Nobody gets more of a kind than is set, by whatever way it comes."""

from collections import Counter

from tests.system.system import System, until


def test_what_is_too_much_for_an_address_is_recorded_and_not_sent(columba: System) -> None:
    with columba.producer() as producer:
        for number in range(5):
            producer.enqueue("promise.capped", to="capped@example.org", context={"number": number})
        producer.enqueue("promise.capped", to="uncapped@example.org", context={"number": 0})
        producer.enqueue("promise.plain", to="capped@example.org", context={"number": 7})
    columba.await_state("uncapped@example.org", "sent")
    wanted = Counter({"sent": 3, "suppressed": 3})
    until(lambda: _states(columba) == wanted, lambda: f"they are {wanted}, not {_states(columba)}")
    reasons = {row.reason for row in columba.deliveries("capped@example.org") if row.state == "suppressed"}
    assert reasons == {"capped: promise.capped=2/d at most, and 2 went to this address in that time"}
    assert len(columba.mails("capped@example.org")) == 3


def _states(columba: System) -> Counter[str]:
    return Counter(row.state for row in columba.deliveries("capped@example.org"))
