"""A folder of this machine: whole files, or none."""

import asyncio
import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from columba_consumers.errors import Permanent, TargetDown, Temporary
from columba_consumers.file_message import File, FileMessage
from columba_consumers.targets.files.cleaning import old, remove
from columba_consumers.targets.files.draft import Draft, is_draft
from columba_consumers.targets.files.local import LocalFolder
from columba_consumers.targets.files.packing import Packed, read
from columba_consumers.targets.files.tree import difference, tree_of
from columba_shared.settings.file_destinations import destinations


def packed(message: FileMessage) -> Packed:
    return read(message, max_size=10**8)


def draft(*, again: bool = False) -> Draft:
    return Draft(delivery=uuid4(), again=again)


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[LocalFolder]:
    """A folder that nobody has made yet."""
    made = LocalFolder(destinations(f"out=file://{tmp_path}/out?check=read")[0])
    yield made
    await made.close()


FILE = packed(FileMessage(name="a.xml", directory="b/c", text="<a/>", related=(File(name="d", text="d"),)))


async def test_files_arrive_in_folders_that_are_made(there: LocalFolder, tmp_path: Path) -> None:
    for again in (False, True):
        await there.put(FILE, draft(again=again))
    assert {entry.place for entry in await there.entries()} == {"b/c/a.xml", "d"}
    assert (tmp_path / "out/b/c/a.xml").read_text() == "<a/>"


async def test_each_name_shows_nothing_or_the_whole_file(there: LocalFolder, tmp_path: Path) -> None:
    contents = [bytes([number]) * 300_000 for number in range(20)]
    seen: set[int] = set()
    done = asyncio.Event()

    async def watch() -> None:
        path = tmp_path / "out/x.bin"
        while not done.is_set():
            if path.exists():
                found = await asyncio.to_thread(path.read_bytes)
                assert found in contents
                seen.add(found[0])
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    for content in contents:
        await there.put(packed(FileMessage(name="x.bin", content=content)), draft())
    done.set()
    await watching
    assert seen


async def test_nothing_is_left_of_what_fails(there: LocalFolder, tmp_path: Path) -> None:
    await there.put(FILE, draft())
    with pytest.raises(Permanent, match="directory"):
        await there.put(packed(FileMessage(name="b", text="a file where a folder is")), draft())
    source = tmp_path / "source"
    source.write_bytes(b"1234")
    changed = packed(FileMessage(name="copy", path=str(source)))
    source.write_bytes(b"123456")
    with pytest.raises(Temporary, match="copy: its source has changed since it was packed"):
        await there.put(changed, draft())
    assert not [path for path in (tmp_path / "out").rglob("*") if is_draft(path.name)]


async def test_a_folder_that_cannot_be_is_down(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    there = LocalFolder(destinations(f"out=file://{tmp_path}/file/out")[0])
    for attempt in (there.probe(), there.put(FILE, draft())):
        with pytest.raises(TargetDown, match="file/out: Not a directory") as caught:
            await attempt
        assert caught.value.destination == "out"
    await there.close()


async def test_what_an_earlier_attempt_left_goes_and_what_others_write_stays(
    there: LocalFolder, tmp_path: Path
) -> None:
    delivery = uuid4()
    await there.put(FILE, Draft(delivery=delivery, again=False))
    own, others = (tmp_path / "out" / each.name(0) for each in (Draft(delivery=delivery, again=True), draft()))
    own.write_text("half")
    others.write_text("half")
    await there.put(FILE, Draft(delivery=delivery, again=True))
    assert (own.exists(), others.exists()) == (False, True)


async def test_two_trees_are_compared_by_their_hashes(there: LocalFolder, tmp_path: Path) -> None:
    here = LocalFolder(destinations(f"here=file://{tmp_path}/here")[0])
    for each in (here, there):
        await each.put(FILE, draft())
    same = await tree_of(here)
    assert same.digest == (await tree_of(there)).digest
    assert not difference(same, await tree_of(there))
    await here.put(packed(FileMessage(name="only-here", text="x")), draft())
    await there.put(packed(FileMessage(name="d", text="D", related=(File(name="only-there", text="x"),))), draft())
    (tmp_path / "out" / draft().name(0)).write_text("half")
    found = await tree_of(there)
    differs = difference(await tree_of(here), found)
    assert (differs.missing, differs.extra, differs.changed) == (("only-here",), ("only-there",), ("d",))
    assert found.drafts == 1
    assert found.digest != same.digest
    await here.close()


async def test_only_what_is_old_is_cleaned_away(there: LocalFolder, tmp_path: Path) -> None:
    await there.put(FILE, draft())
    leftovers = [tmp_path / "out" / draft().name(0) for _ in range(2)]
    now = datetime.now(UTC)
    for path in leftovers:
        path.write_text("half")
    for path in (leftovers[0], tmp_path / "out" / "d"):
        aged: Any = (now - timedelta(days=2)).timestamp()
        os.utime(path, (aged, aged))
    entries = await there.entries()
    hour = now - timedelta(hours=1)
    assert [entry.name for entry in old(entries, drafts_before=hour, exports_before=None).entries] == [
        leftovers[0].name
    ]
    await remove(there, old(entries, drafts_before=hour, exports_before=hour))
    assert {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()} == {"a.xml", leftovers[1].name}
