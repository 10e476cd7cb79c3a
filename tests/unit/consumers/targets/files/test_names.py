"""Names of files and folders lead nowhere but into the destination's folder."""

import pytest
from columba_consumers.file_message import File, FileMessage
from columba_consumers.file_names import check_directory, check_name

GOOD = [
    "a",
    "Preise für Wien.xml",
    "-r",
    "a..b",
    "console.txt",
    "com10",
    "null",
    "½ price…s",
    "12.30 report.txt",
    "x" * 200,
]
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
    "stream": ("x.txt:evil", "mean something else"),
    "pipe": ("a|b", "mean something else"),
    "star": ("a*", "mean something else"),
    "question": ("?", "mean something else"),
    "angle": ("<x>", "mean something else"),
    "quote": ('"q"', "mean something else"),
    "device": ("CON", "device"),
    "device-with-ending": ("nul.txt", "device"),
    "device-with-blank": ("AUX .x", "device"),
    "device-with-number": ("COM1", "device"),
    "last-dot": ("a.", "ends with a dot"),
    "dots": ("...", "names no file"),
    "dots-and-spaces": (".. .", "names no file"),
    "dot-leaders": ("\u2024\u2024", "names no file"),
    "wide-dots": ("\uff0e\uff0e", "names no file"),
    "wide-slash": ("a\uff0f..\uff0fb", "slash"),
    "wide-backslash": ("a\uff3cb", "slash"),
    "division-slash": ("a\u2215b", "slash"),
    "draft": (".columba-x.part", "hidden"),
    "hidden": (".profile", "hidden"),
    "wide-hidden": ("\uff0eprofile", "hidden"),
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
    "three-dots": ("a/.../b", "names no file"),
    "wide-up": ("\uff0e\uff0e/x", "names no file"),
    "up-and-space": (".. ./x", "names no file"),
    "hidden": ("a/.ssh", "hidden"),
    "device": ("a/con/b", "device"),
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


TOGETHER = {
    "the-same": (("", "a"), ("", "a"), "two files are called a$"),
    "case": (("x", "A"), ("x", "a"), "two files are called x/a where x/A is the same name"),
    "sharp-s": (("", "maß"), ("", "MASS"), "two files are called"),
    "accents": (("", "\u00e9"), ("", "e\u0301"), "two files are called"),
    "folders": (("B/c", "x"), ("b/C", "x"), "two files are called"),
    "file-and-folder": (("", "A"), ("a/b", "c"), "A is a file, and the folder of a/b/c"),
    "folder-and-file": (("a/b", "c"), ("", "a"), "a is a file, and the folder of a/b/c"),
}


@pytest.mark.parametrize(("first", "second", "problem"), TOGETHER.values(), ids=TOGETHER)
@pytest.mark.parametrize("packed", ["all.zip", None], ids=["zip", "files"])
def test_files_that_could_not_lie_beside_each_other_are_refused(
    first: tuple[str, str], second: tuple[str, str], problem: str, packed: str | None
) -> None:
    files = tuple(File(directory=directory, name=name, text="") for directory, name in (first, second))
    with pytest.raises(ValueError, match=f"^related: .*{problem}"):
        FileMessage(related=files, zip=packed)


def test_files_of_one_folder_lie_beside_each_other() -> None:
    places = [("", "a"), ("b", "a"), ("b", "c"), ("b/a.d", "a")]
    FileMessage(related=tuple(File(directory=directory, name=name, text="") for directory, name in places))
