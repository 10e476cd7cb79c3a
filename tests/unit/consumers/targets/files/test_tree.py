"""Two trees are the same only if all of both was read."""

import errno
import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from columba_consumers.errors import DeliveryError, Permanent
from columba_consumers.targets.files.local import LocalFolder
from columba_consumers.targets.files.receiver import Entry
from columba_consumers.targets.files.tree import tree_of
from columba_shared.settings.file_destinations import destinations


class Changing(LocalFolder):
    """A folder in which a file goes once it was listed."""

    going = "b.xml"

    async def entries(self) -> list[Entry]:
        """List it, and have the file go."""
        found = await super().entries()
        (self._root / self.going).unlink(missing_ok=True)
        return found


@pytest.fixture
async def there(tmp_path: Path) -> AsyncIterator[Changing]:
    """A folder with two files."""
    for name in ("a.xml", "b.xml"):
        (tmp_path / name).write_text(name)
    made = Changing(destinations(f"out=file://{tmp_path}")[0])
    yield made
    await made.close()


async def test_a_file_that_goes_while_the_tree_is_read_was_not_there(there: Changing) -> None:
    assert set((await tree_of(there)).files) == {"a.xml"}


async def test_a_file_that_is_there_and_cannot_be_read_is_told(
    there: Changing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(place: str) -> str:
        raise Permanent(f"{place}: may not be read")

    monkeypatch.setattr(there, "sha256", refuse)
    with pytest.raises(Permanent, match=r"a.xml: may not be read"):
        await tree_of(there)


async def test_a_folder_that_cannot_be_listed_is_told(
    there: Changing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "closed").mkdir()
    real = os.scandir

    def scandir(path: str) -> object:
        if Path(path).name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DeliveryError, match="closed: Permission denied"):
        await tree_of(there)
