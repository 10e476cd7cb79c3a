"""Nobody is sent more than they take, and whoever waits for that is told about it."""

import json

from tests.services.smtp_record import accepted
from tests.system.system import System, until


def test_a_limited_domain_gets_its_mail_one_by_one_and_explain_says_why_it_waits(columba: System) -> None:
    names = [f"trickle-{number}@trickle.example" for number in range(8)]
    with columba.producer() as producer:
        for name in names:
            producer.enqueue("promise.plain", to=name, context={"number": 1})
        producer.enqueue("promise.plain", to="beside-the-trickle@example.org", context={"number": 1})
    columba.await_state("beside-the-trickle@example.org", "sent")
    until(lambda: all(columba.mails(name) for name in names), "all of them have their mail")
    moments = sorted(mail.time for mail in accepted(columba.smtp.entries()) if mail.rcpt_to[0] in names)
    assert len(moments) == len(names)
    for name in names:
        columba.await_state(name, "sent")
    sent = [row for name in names for row in columba.attempts(name) if row.outcome == "sent"]
    began = min(row.started_at for row in sent).timestamp()  # which may be one turn late; whoever comes late is no rush
    assert all(moment - began >= (number - 1) / 2 for number, moment in enumerate(moments))
    outcomes = [[row.outcome for row in columba.attempts(name)] for name in names]
    put_off = [name for name, each in zip(names, outcomes, strict=True) if each[0] == "postponed"]
    assert put_off, "nobody had to wait"
    assert all(each[-1] == "sent" and set(each) <= {"postponed", "sent"} for each in outcomes)
    assert all(columba.deliveries(name)[0].attempts == 1 for name in names)
    told = json.loads(columba.columba("explain", put_off[0], "--json"))
    assert "trickle.example is given no more than 2/s" in json.dumps(told)


def test_a_domain_that_throttles_is_left_alone_and_then_gets_everything(columba: System) -> None:
    names = [f"throttled-{number}@throttling.example" for number in range(3)]
    with columba.producer() as producer:
        producer.enqueue("promise.plain", to=names[0], context={"number": 1})
        until(lambda: bool(columba.attempts(names[0])), "the server has complained")
        for name in names[1:]:
            producer.enqueue("promise.plain", to=name, context={"number": 1})
    for name in names:
        assert columba.await_state(name, "sent").attempts == 1
    first = columba.attempts(names[0])[0]
    assert (first.outcome, "450 4.7.28 too fast" in first.reply) == ("postponed", True)
    assert {row.outcome for name in names for row in columba.attempts(name)} == {"postponed", "sent"}
