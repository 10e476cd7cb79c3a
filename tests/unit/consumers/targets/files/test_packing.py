"""What goes out: read, bounded, hashed, and as one ZIP if asked."""

import hashlib
import io
import zipfile
from pathlib import Path

import msgspec
import pytest
from columba_consumers.errors import InvalidMessage
from columba_consumers.file_message import MAX_FILES, File, FileMessage, attach
from columba_consumers.targets.files.packing import Packed, as_zip, read
from columba_shared.attachment import Attachment

MESSAGE = FileMessage(
    name="news.xml",
    directory="out",
    text="<news>é</news>",
    related=(File(name="a.jpg", directory="media", content=b"\xff\xd8"),),
)


def packed(message: FileMessage, *, max_size: int = 1000) -> Packed:
    found = read(message, max_size=max_size)
    return found if message.zip is None else as_zip(found, message.directory, message.zip, max_size=max_size)


def test_the_file_comes_behind_those_that_belong_to_it() -> None:
    found = packed(MESSAGE)
    assert [file.place for file in found.files] == ["media/a.jpg", "out/news.xml"]
    assert found.files[1].content == "<news>é</news>".encode()
    assert found.files[1].sha256 == hashlib.sha256("<news>é</news>".encode()).hexdigest()
    assert found.size == 17


def test_a_zip_holds_everything_under_its_names_and_is_the_same_each_time() -> None:
    message = msgspec.structs.replace(MESSAGE, zip="all.zip")
    (file,) = packed(message).files
    assert file.place == "out/all.zip"
    assert isinstance(file.content, bytes)
    with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == {
            "media/a.jpg": b"\xff\xd8",
            "news.xml": "<news>é</news>".encode(),
        }
    assert packed(message).files[0].sha256 == file.sha256


def test_a_file_on_disk_is_read_when_it_goes_out(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"12345")
    (file,) = packed(FileMessage(name="big.bin", path=str(path))).files
    assert (file.content, file.size, file.sha256) == (path, 5, hashlib.sha256(b"12345").hexdigest())
    with file.opened() as opened:
        assert opened.read() == b"12345"


@pytest.mark.parametrize("zipped", [None, "all.zip"], ids=["flat", "zip"])
def test_more_than_the_bound_is_refused(tmp_path: Path, zipped: str | None) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(bytes(60))
    message = FileMessage(name="a", text="x" * 50, related=(File(name="b", path=str(path)),), zip=zipped)
    with pytest.raises(InvalidMessage, match=r"at most 100 .*COLUMBA_FILES_MAX_SIZE"):
        packed(message, max_size=100)


def test_a_file_that_is_not_there_and_no_file_at_all_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidMessage, match=r"there is no file .*missing"):
        packed(FileMessage(name="a", path=str(tmp_path / "missing")))
    with pytest.raises(InvalidMessage, match="no file to send"):
        packed(FileMessage())


@pytest.mark.parametrize(
    "content",
    [{"text": "a", "content": b"a"}, {"text": "a", "path": "a"}, {"content": b"", "path": ""}],
    ids=["text-content", "text-path", "content-path"],
)
def test_two_contents_are_refused(content: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="one of the three"):
        FileMessage(name="a", **content)  # type: ignore[arg-type]  # bytes and text
    with pytest.raises(ValueError, match="one of the three"):
        File(name="a")


def test_two_files_of_one_name_and_a_crowd_are_refused() -> None:
    with pytest.raises(ValueError, match="two files are called b/a"):
        FileMessage(name="a", directory="b", text="", related=(File(name="a", directory="b", text=""),))
    with pytest.raises(ValueError, match="at most 1000"):
        FileMessage(related=tuple(File(name=str(number), text="") for number in range(MAX_FILES + 1)))


def test_an_events_attachments_go_along() -> None:
    found = attach(MESSAGE, (Attachment(name="b.pdf", content=b"%PDF"),))
    assert [file.place for file in packed(found).files] == ["media/a.jpg", "out/b.pdf", "out/news.xml"]
    with pytest.raises(ValueError, match="name: "):
        attach(MESSAGE, (Attachment(name="../b.pdf", content=b"%PDF"),))


def test_a_message_can_be_kept_as_json() -> None:
    kept = msgspec.json.encode(MESSAGE)
    assert msgspec.json.decode(kept, type=FileMessage) == MESSAGE
    with pytest.raises(msgspec.ValidationError, match="upwards"):
        msgspec.json.decode(kept.replace(b'"out"', b'"../out"'), type=FileMessage)
