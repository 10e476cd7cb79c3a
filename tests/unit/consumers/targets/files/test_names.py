"""Names of files and folders lead nowhere but into the destination's folder."""

import pytest
from columba_consumers.file_message import File, FileMessage
from columba_consumers.file_names import check_directory, check_name

GOOD = ["a", "Preise für Wien.xml", "-r", "a..b", "...", "12:30 report.txt", "x" * 200]
BAD = {
    "nothing": ("", "names no file"),
    "here": (".", "names no file"),
    "up": ("..", "names no file"),
    "slash": ("a/b", "slash"),
    "absolute": ("/etc/passwd", "slash"),
    "upwards": ("../../etc/passwd", "slash"),
    "backslash": ("..\\..\\x", "slash"),
    "drive": ("C:x.txt", "drive"),
    "zero": ("a\0.xml", "control"),
    "line-break": ("a\r\nDELE b", "control"),
    "escape": ("a\x1b[31m", "control"),
    "unseen": ("a\u202etxt.exe", "cannot be seen"),
    "half-a-character": ("a\udc80", "cannot be seen"),
    "space": (" a", "space"),
    "long": ("é" * 101, "200 bytes"),
    "draft": (".columba-x.part", "not whole yet"),
}
BAD_FOLDERS = {
    "root": ("/", "absolute"),
    "absolute": ("/srv/out", "absolute"),
    "home": ("~root/x", "absolute"),
    "share": ("\\\\host\\x", "absolute"),
    "up": ("..", "upwards"),
    "down-and-up": ("a/../../b", "upwards"),
    "empty-step": ("a//b", "empty step"),
    "here": ("a/./b", "empty step"),
    "end": ("a/", "empty step"),
    "zero": ("a/b\0", "control"),
    "drive": ("C:/x", "drive"),
    "deep": ("/".join("a" * 21), "deep"),
    "long": ("/".join(["x" * 199] * 6), "1000 bytes"),
}


@pytest.mark.parametrize("name", GOOD, ids=range(len(GOOD)))
def test_a_plain_name_is_taken(name: str) -> None:
    check_name("name", name)
    check_directory("directory", f"{name}/{name}")


@pytest.mark.parametrize(("name", "problem"), BAD.values(), ids=BAD)
def test_a_name_that_leads_elsewhere_is_refused(name: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^name: .*{problem}"):
        File(name=name, text="")
    with pytest.raises(ValueError, match=f"^zip: .*{problem}"):
        FileMessage(related=(File(name="a", text=""),), zip=name)


@pytest.mark.parametrize(("directory", "problem"), BAD_FOLDERS.values(), ids=BAD_FOLDERS)
def test_a_directory_that_leads_elsewhere_is_refused(directory: str, problem: str) -> None:
    with pytest.raises(ValueError, match=f"^directory: .*{problem}"):
        File(name="a", directory=directory, text="")
    with pytest.raises(ValueError, match=f"^directory: .*{problem}"):
        FileMessage(name="a", directory=directory, text="")
