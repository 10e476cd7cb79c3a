"""Mail into a folder, as mail readers see it."""

import asyncio
import mailbox
import shutil
from email import message_from_bytes, policy
from pathlib import Path
from uuid import UUID

import pytest
from columba_consumers.email_message import EmailMessage
from columba_consumers.errors import TargetDown
from columba_consumers.targets.email import EmailSettings, EmailTarget, addresses
from columba_consumers.targets.target import DeliveryRef


def _target(path: Path) -> EmailTarget:
    sender = addresses.mailbox("News <news@example.com>", "From")
    return EmailTarget(EmailSettings(sender=sender, message_id_domain="example.com", maildir=path))


async def _deliver(target: EmailTarget, number: int, *, subject: str = "s", bcc: tuple[str, ...] = ()) -> None:
    delivery = DeliveryRef(
        id=UUID(int=number), event_id=UUID(int=1), kind="k", address="bob@example.org", name=None, attempt=1
    )
    async with target.slot() as slot:
        await slot.deliver(EmailMessage(subject=subject, text="Grüße\n.\n", bcc=bcc), delivery)


def _read(path: Path) -> list[mailbox.MaildirMessage]:
    return list(mailbox.Maildir(path, create=False))


async def test_a_mail_reader_finds_the_mail(tmp_path: Path) -> None:
    target = _target(tmp_path / "mail")
    await _deliver(target, 1, subject="für Bob", bcc=("hidden@example.org",))
    (seen,) = _read(tmp_path / "mail")
    mail = message_from_bytes(seen.as_bytes(), policy=policy.default)
    assert (mail["Subject"], mail.get_content().splitlines()) == ("für Bob", ["Grüße", "."])
    assert mail.get_all("Delivered-To") == ["bob@example.org", "hidden@example.org"]
    assert mail["Return-Path"] == "<news@example.com>"


async def test_a_file_in_the_folder_has_the_line_ends_of_a_file(tmp_path: Path) -> None:
    target = _target(tmp_path)
    await _deliver(target, 1)
    (path,) = (tmp_path / "new").iterdir()
    assert b"\r" not in path.read_bytes()


async def test_a_mail_delivered_again_takes_the_place_of_the_first(tmp_path: Path) -> None:
    target = _target(tmp_path)
    await _deliver(target, 1, subject="first")
    await _deliver(target, 1, subject="second")
    assert [mail["Subject"] for mail in _read(tmp_path)] == ["second"]


@pytest.mark.parametrize("flags", [":2,", ":2,S", ":2,FRS"])
async def test_a_mail_that_was_read_and_is_delivered_again_is_still_one(tmp_path: Path, flags: str) -> None:
    target = _target(tmp_path)
    await _deliver(target, 1, subject="first")
    await _deliver(target, 2, subject="other")
    (path,) = (path for path in (tmp_path / "new").iterdir() if path.name.startswith(UUID(int=1).hex))
    path.rename(tmp_path / "cur" / f"{path.name}{flags}")
    await _deliver(target, 1, subject="second")
    assert sorted(mail["Subject"] for mail in _read(tmp_path)) == ["other", "second"]
    assert len([*(tmp_path / "new").iterdir(), *(tmp_path / "cur").iterdir()]) == 2


async def test_many_mails_at_once_are_all_there(tmp_path: Path) -> None:
    target = _target(tmp_path)
    await asyncio.gather(*(_deliver(target, number) for number in range(1, 101)))
    assert len(_read(tmp_path)) == 100
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.parametrize("gone", ["tmp", "new", "cur"])
async def test_a_part_of_the_folder_that_is_gone_or_not_yet_made_is_made(tmp_path: Path, gone: str) -> None:
    target = _target(tmp_path)
    await _deliver(target, 1)
    shutil.rmtree(tmp_path / gone)
    await _deliver(target, 2)
    assert UUID(int=2).hex in {path.name.partition(".")[0] for path in (tmp_path / "new").iterdir()}


async def test_a_folder_that_cannot_be_written_means_that_the_target_is_down(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file where a folder should be")
    target = _target(tmp_path / "mail")
    with pytest.raises(TargetDown):
        await _deliver(target, 1)
    with pytest.raises(TargetDown):
        await target.probe()


async def test_a_probe_makes_the_folder(tmp_path: Path) -> None:
    await _target(tmp_path / "a" / "mail").probe()
    assert sorted(path.name for path in (tmp_path / "a" / "mail").iterdir()) == ["cur", "new", "tmp"]


async def test_only_the_owner_can_read_the_mail(tmp_path: Path) -> None:
    await _deliver(_target(tmp_path / "mail"), 1)
    (path,) = (tmp_path / "mail" / "new").iterdir()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
