"""Files from the command line: given, seen, sent and gone with the last event that has them."""

from email import message_from_bytes, policy
from hashlib import sha256
from random import Random
from uuid import UUID

import pytest
from columba_producer import Attachment, Producer
from columba_shared.log.tables import blob, blob_piece, blob_use, delivery
from sqlalchemy import delete, func, select

from tests.contract.cli.past import Past
from tests.contract.cli.shell import Shell, running, until
from tests.services.s3_server import s3_server
from tests.services.s3_signature import ACCESS_KEY, SECRET_KEY

MIB = 1024 * 1024
BOB = "bob@example.org"


def producer(shell: Shell) -> Producer:
    embedded = shell.broker_url == "memory://"
    return Producer(shell.database_url if embedded else shell.broker_url, blobs=shell.database_url)


def work(shell: Shell) -> None:
    """Deliver what there is, into the Maildir."""
    shell.run(*(("work",) if "amqp" in shell.broker_url else ("up",)), "--once")


def files(shell: Shell) -> list[dict[str | None, object]]:
    """Return the files of each mail in the Maildir, by name."""
    mails = [
        message_from_bytes(path.read_bytes(), policy=policy.default) for path in shell.folder.glob("columba-mail/*/*")
    ]
    return [
        {part.get_filename(): part.get_payload(decode=True) for part in mail.walk() if part.get_filename()}
        for mail in mails
    ]


def blobs(shell: Shell) -> tuple[int, int, int]:
    """Return how many rows there are of blobs, pieces and uses."""
    engine = shell.log()
    with engine.connect() as connection:
        found = [
            connection.scalar(select(func.count()).select_from(table)) or 0 for table in (blob, blob_piece, blob_use)
        ]
    engine.dispose()
    return found[0], found[1], found[2]


def test_ten_mib_published_by_claim_check_arrive_as_they_were(shell: Shell) -> None:
    content = Random(1).randbytes(10 * MIB)  # noqa: S311 - content, no secret
    with producer(shell) as publishing, (shell.folder / "large.bin").open("w+b") as stream:
        stream.write(content)
        stream.seek(0)
        attached = Attachment(name="large.bin", content=stream)
        publishing.enqueue("invoice.ready", to=BOB, context={"number": 7}, attachments=[attached])
    work(shell)
    assert files(shell) == [{"large.bin": content}]
    assert blobs(shell) == (1, 20, 1)


def test_a_file_given_on_the_command_line_is_shown_and_sent(shell: Shell) -> None:
    content = b"a;b\n" * 10_000
    (shell.folder / "März.csv").write_bytes(content)
    (shell.folder / "note.txt").write_text("hi")
    files_given = ("--attach", "März.csv", "--attach", str(shell.folder / "note.txt"))
    event_id = shell.run(
        "enqueue", "invoice.ready", "--to", BOB, "--set", "number=7", "--hold", *files_given
    ).stdout.strip()
    with running(shell, "ledger" if "amqp" in shell.broker_url else "up"):
        until(lambda: shell.run("list", "--all", "--json").lines != [], "it is in the log")
    shown = shell.run("show", event_id)
    assert "attached   März.csv (39 KiB), note.txt (2 B)" in shown.stdout
    assert "attachment: März.csv" in shown.stdout
    (line,) = shell.run("show", event_id, "--json").line["events"]
    assert line["attachments"] == [
        {"name": "März.csv", "size": len(content), "blob": sha256(content).hexdigest()},
        {"name": "note.txt", "size": 2, "blob": None},
    ]
    shell.run("approve", event_id, "--yes")
    work(shell)
    assert files(shell) == [{"März.csv": content, "note.txt": b"hi"}]


def explained(shell: Shell) -> list[tuple[str, int, bool | None]]:
    """Return the files that people are told of."""
    (told,) = shell.run("explain", BOB, "--json").line["deliveries"]
    return [(each["name"], each["size"], each["stored"]) for each in told["files"]]


def test_explain_names_the_files_and_says_which_are_still_stored(shell: Shell) -> None:
    (shell.folder / "large.csv").write_bytes(b"a;b\n" * 10_000)
    (shell.folder / "note.txt").write_text("hi")
    asked = ("enqueue", "invoice.ready", "--to", BOB, "--set", "number=7")
    shell.run(*asked, "--attach", "large.csv", "--attach", "note.txt")
    work(shell)
    assert explained(shell) == [("large.csv", 40_000, True), ("note.txt", 2, True)]
    engine = shell.log()
    with engine.begin() as connection:
        connection.execute(delete(blob_piece))
    engine.dispose()
    assert explained(shell) == [("large.csv", 40_000, False), ("note.txt", 2, True)]
    told = shell.run("explain", BOB).stdout
    assert "  with large.csv (39 KiB, no longer stored), note.txt (2 B, stored)\n" in told


def test_explain_looks_for_files_where_they_are_kept_and_says_when_nobody_knows(embedded: Shell) -> None:
    folder = embedded.folder / "blobs"
    folder.mkdir()
    embedded.settings["COLUMBA_BLOBS"] = folder.as_uri()
    (embedded.folder / "a.bin").write_bytes(b"x" * 40_000)
    embedded.run("enqueue", "invoice.ready", "--to", BOB, "--set", "number=7", "--attach", "a.bin")
    work(embedded)
    assert explained(embedded) == [("a.bin", 40_000, True)]
    next(folder.glob("*/*")).unlink()
    assert explained(embedded) == [("a.bin", 40_000, False)]
    del embedded.settings["COLUMBA_BLOBS"]
    assert explained(embedded) == [("a.bin", 40_000, None)]
    told = embedded.run("explain", BOB)
    assert "a.bin (39 KiB, perhaps stored)" in told.stdout
    assert "not known whether they are stored: it lies in a folder or a bucket, and COLUMBA_BLOBS" in told.stderr


def test_what_is_frozen_keeps_its_files(embedded: Shell) -> None:
    content = b"as it was looked at\n" * 2_000
    (embedded.folder / "a.txt").write_bytes(content)
    told = ("enqueue", "invoice.ready", "--to", BOB, "--set", "number=7", "--hold", "--attach", "a.txt")
    event_id = embedded.run(*told).stdout.strip()
    embedded.run("up", "--once")
    (line,) = embedded.run("list", "--event", event_id, "--json").lines
    embedded.run("amend", line["id"], "--freeze")
    engine = embedded.log()
    with engine.begin() as connection:
        connection.execute(delete(blob_piece))
    engine.dispose()
    embedded.run("approve", event_id, "--yes")
    work(embedded)
    assert files(embedded) == [{"a.txt": content}]


def test_a_file_that_cannot_be_read_is_refused_by_its_option(embedded: Shell) -> None:
    ran = embedded.run("enqueue", "invoice.ready", "--to", BOB, "--attach", "nowhere.pdf", status=2)
    assert "--attach: nowhere.pdf cannot be read: No such file or directory" in ran.stderr


def test_it_goes_with_the_last_event_that_has_it(shell: Shell, past: Past) -> None:
    (shell.folder / "a.bin").write_bytes(b"x" * 40_000)
    for number in (1, 2):
        shell.run("enqueue", "invoice.ready", "--to", BOB, "--set", f"number={number}", "--attach", "a.bin")
    work(shell)
    first, second = _settled(shell)
    past.grew_old([first], days=40)
    assert "blobs" in shell.run("purge", "--older-than", "30d", "--yes", "--json").line
    assert blobs(shell) == (1, 1, 1)
    past.grew_old([second], days=40)
    assert "1 attached file would be removed" in shell.run("purge", "--older-than", "30d", "--dry-run").stdout
    assert "1 attached file removed" in shell.run("purge", "--older-than", "30d", "--yes").stdout
    assert blobs(shell) == (0, 0, 0)


def test_a_forgotten_persons_files_are_gone_at_once(shell: Shell) -> None:
    (shell.folder / "a.bin").write_bytes(b"private" * 9_000)
    shell.run("enqueue", "invoice.ready", "--to", BOB, "--set", "number=1", "--attach", "a.bin")
    work(shell)
    assert "1 attached file" in shell.run("forget", BOB, "--yes").stdout
    assert blobs(shell) == (0, 0, 0)


def _settled(shell: Shell) -> list[UUID]:
    """Return what is sent."""
    engine = shell.log()
    with engine.connect() as connection:
        found = list(connection.scalars(select(delivery.c.id).where(delivery.c.state == "sent")))
    engine.dispose()
    return found


def test_a_folder_takes_their_place_where_producers_reach_no_database(shell: Shell) -> None:
    (shell.folder / "blobs").mkdir()
    shell.settings["COLUMBA_BLOBS"] = place = (shell.folder / "blobs").as_uri()
    shell.settings["COLUMBA_EMAIL_KEEP"] = "sent"
    content = b"\0\1\2" * 20_000
    embedded = "amqp" not in shell.broker_url
    with Producer(shell.database_url if embedded else shell.broker_url, blobs=place) as publishing:
        attached = Attachment(name="a.bin", content=content)
        publishing.enqueue("invoice.ready", to=BOB, context={"number": 7}, attachments=[attached])
    work(shell)
    assert files(shell) == [{"a.bin": content}]
    assert blobs(shell) == (0, 0, 1)
    (kept,) = (shell.folder / "blobs").glob("*/*")
    assert kept.read_bytes() == content


def test_a_bucket_takes_their_place_too_and_the_doctor_looks_into_it(
    shell: Shell, past: Past, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET_KEY)
    content = b"\0\1\2" * 20_000
    (shell.folder / "a.bin").write_bytes(content)
    with s3_server() as bucket:
        shell.settings["COLUMBA_BLOBS"] = f"s3://blobs/mail?endpoint={bucket.url}&region=eu-central-1"
        shell.run("enqueue", "invoice.ready", "--to", BOB, "--set", "number=7", "--attach", "a.bin")
        work(shell)
        assert files(shell) == [{"a.bin": content}]
        assert list(bucket.objects.values()) == [content]
        past.grew_old(_settled(shell), days=40)
        bucket.objects[f"mail/2026-01-05/{'a' * 64}"] = b"old"
        assert "1 attached file" in shell.run("purge", "--older-than", "30d", "--yes").stdout
        assert list(bucket.objects.values()) == [content], "its week is not long enough over"
        told = shell.run("doctor", "--json").line["findings"]
        assert "s3://blobs/mail/ can be read: files of 1 week" in {each["text"] for each in told}
        bucket.problem = "AccessDenied"
        told = shell.run("doctor", "--json", status=1).line["findings"]
    (found,) = [each for each in told if each["about"] == "blobs"]
    assert (found["verdict"], found["fix"]) == ("problem", "mend COLUMBA_BLOBS, or what it names")


def test_a_folder_is_purged_of_what_nobody_has(shell: Shell, past: Past) -> None:
    folder = shell.folder / "blobs"
    (folder / "2026-01-05").mkdir(parents=True)
    (folder / "2026-01-05" / ("a" * 64)).write_bytes(b"old")
    shell.settings["COLUMBA_BLOBS"] = folder.as_uri()
    past.had("bob@example.org")
    assert shell.run("purge", "--older-than", "30d", "--dry-run", "--json").line["blobs"] == 1
    shell.run("purge", "--older-than", "30d", "--kind", "invoice.*", "--yes")
    assert len(list(folder.rglob("*"))) == 2
    assert "1 attached file removed" in shell.run("purge", "--older-than", "30d", "--yes").stdout
    assert list(folder.iterdir()) == []
    folder.rmdir()
    assert "make it, or mount it" in shell.run("purge", "--older-than", "30d", "--yes", status=1).stderr
