"""What an event is about is told as it is at delivery, not as it was."""

from collections.abc import Callable
from datetime import timedelta

from tests.system.system import System


def test_a_thing_is_told_as_it_is_at_delivery(columba: System, hasten: Callable[..., None]) -> None:
    place = columba.folder / "parcel-7.txt"
    place.write_text("Graz")
    with columba.producer() as producer:
        producer.enqueue("promise.parcel", to="parcel@example.org", about="parcel:7", defer_for=timedelta(hours=1))
    row = columba.await_state("parcel@example.org", "scheduled")
    place.write_text("Linz")
    hasten(row)
    columba.await_state("parcel@example.org", "sent")
    (mail,) = columba.mails("parcel@example.org")
    assert b"It is in Linz." in (mail.body or b"")


def test_one_thing_is_told_by_several_renderers_each_under_a_name_of_its_own(columba: System) -> None:
    (columba.folder / "parcel-8.txt").write_text("Graz")
    with columba.producer() as producer:
        for kind in ("promise.parcel", "promise.parcel-late"):
            producer.enqueue(kind, to=f"{kind.removeprefix('promise.')}-told@example.org", about="parcel:8")
    told = {}
    for name in ("parcel", "parcel-late"):
        columba.await_state(f"{name}-told@example.org", "sent")
        (mail,) = columba.mails(f"{name}-told@example.org")
        told[name] = mail.body or b""
    assert b"It is in Graz." in told["parcel"]
    assert b"Parcel 8 is late" in told["parcel-late"]


def test_a_thing_that_is_gone_is_on_record_and_nothing_is_sent(columba: System) -> None:
    with columba.producer() as producer:
        producer.enqueue("promise.parcel", to="no-parcel@example.org", about="parcel:lost")
    row = columba.await_state("no-parcel@example.org", "skipped")
    assert (row.attempts, row.reason) == (0, "parcel:lost is gone")
    assert columba.mails("no-parcel@example.org") == []
