"""What FTP servers print of a folder."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from columba_consumers.errors import Permanent
from columba_consumers.targets.files.draft import Draft, is_draft
from columba_consumers.targets.files.ftp.listing import Line, from_list, moment

PRINTED = """\
total 12
drwxr-xr-x    2 ftp      ftp          4096 Nov 22 08:00 .
drwxr-xr-x    3 ftp      ftp          4096 Nov 22 08:00 ..
-rw-r--r--    1 1000     ftp        300000 Nov 22 08:00 Preise für Wien.xml
-rw-r--r--    1 ftp      ftp             1 Jan  1  2020  leading space
drwxrwxr-x+  12 a        b            4096 Nov 22 08:00 media
lrwxrwxrwx    1 ftp      ftp             4 Nov 22 08:00 link -> a
""".splitlines()


def test_files_and_folders_are_read_from_what_ls_prints() -> None:
    assert list(from_list(PRINTED)) == [
        Line("Preise für Wien.xml", is_folder=False, size=300_000, changed_at=None),
        Line(" leading space", is_folder=False, size=1, changed_at=None),
        Line("media", is_folder=True, size=4096, changed_at=None),
    ]


def test_times_are_in_utc_with_or_without_fractions() -> None:
    assert moment("20261122080000") == moment("20261122080000.123") == datetime(2026, 11, 22, 8, tzinfo=UTC)


def test_each_attempt_has_names_of_its_own_that_are_recognised() -> None:
    first, second = (Draft(delivery=UUID(int=7), again=again) for again in (False, True))
    assert first.name(0) != second.name(0)
    assert is_draft(first.name(0))
    assert second.is_left_over(first.name(0))
    assert not second.is_left_over(second.name(1))
    assert not second.is_left_over(Draft(delivery=UUID(int=8), again=False).name(0))
    for other in ("a.part", ".columba-x.part", f"x{first.name(0)}", f"{first.name(0)}.xml"):
        assert not is_draft(other)


@pytest.mark.parametrize(
    "line",
    [
        "11-22-26  08:00AM       <DIR>          media",
        "-rw-r--r--    1 ftp             1 Jan  1  2020 no group",
        "a.xml",
        "backup-of-2026.xml and more",
        "ls: cannot open directory '.': Permission denied",
    ],
    ids=["windows", "no-group", "name", "name-like-a-pipe", "error"],
)
def test_a_line_of_another_form_is_not_taken_for_nothing(line: str) -> None:
    with pytest.raises(Permanent, match="LIST prints a form that is not known"):
        list(from_list([*PRINTED, line]))
