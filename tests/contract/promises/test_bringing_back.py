"""What is promised when what died goes again, however Columba is run: slowly, watched, each once."""

import json

from columba_producer import EventRequest

from tests.system.system import System, until

MANY = 15


def test_canaries_go_first_and_the_rest_follows_once_they_arrived(columba: System) -> None:
    addresses = [f"canary{number}@example.org" for number in range(MANY)]
    requests = [EventRequest(kind="promise.canary", to=each, context={"number": 1}) for each in addresses]
    with columba.producer() as producer:
        producer.enqueue_many(requests)
    for address in addresses:
        columba.await_state(address, "dead")
    chosen = ("replay", "--kind", "promise.canary", "--yes", "--json", "--canary", "3", "--wait", "30s")
    stopped = json.loads(columba.columba(*chosen, status=1))
    assert stopped["reopened"] == 3
    assert "3 of the latest 3 canaries are failures" in stopped["problem"]

    template = columba.folder / "templates" / "promise.canary" / "email.txt"
    template.parent.mkdir()
    template.with_name("email.subject.txt").write_text("canary")
    template.write_text("{{ number }}\n")
    resumed = json.loads(columba.columba("replay", "--resume", stopped["selection"], "--json"))
    assert resumed["reopened"] == MANY - 3
    assert json.loads(columba.columba(*chosen))["reopened"] == 3
    for address in addresses:
        columba.await_state(address, "sent")
    until(lambda: all(len(columba.mails(each)) == 1 for each in addresses), "everybody has one mail, and nobody two")
