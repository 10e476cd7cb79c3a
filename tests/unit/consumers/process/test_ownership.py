"""Only one process serves an embedded log."""

import os
from pathlib import Path

import pytest
from columba_consumers.process.ownership import AlreadyUp, sole_owner
from columba_shared.errors import InvalidSetting


def test_a_second_owner_is_refused_while_the_first_lasts(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    with sole_owner(url), pytest.raises(AlreadyUp, match=r"log\.db"), sole_owner(url):
        pytest.fail("two owners at once")
    with sole_owner(url):
        pass


def test_a_killed_owner_blocks_nobody(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'log.db'}"
    child = os.fork()
    if child == 0:
        sole_owner(url).__enter__()
        os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    with sole_owner(url):
        pass


def test_a_folder_that_cannot_be_written_is_told_with_the_setting(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'absent' / 'log.db'}"
    with pytest.raises(InvalidSetting, match=r"COLUMBA_DATABASE_URL: cannot write .*log\.db"), sole_owner(url):
        pytest.fail("owned something that cannot be written")


@pytest.mark.parametrize("url", ["sqlite://", "postgresql+psycopg://columba@127.0.0.1/columba"])
def test_only_a_file_can_be_owned(url: str) -> None:
    with pytest.raises(InvalidSetting, match="COLUMBA_DATABASE_URL"), sole_owner(url):
        pytest.fail("owned something that is no file")
