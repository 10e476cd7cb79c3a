"""Files as an app's renderer returns them: what is in them and what they are called, not how they travel."""

from typing import Final

from columba_shared.attachment import Attachment
from msgspec import Struct, structs

from columba_consumers.file_names import check_directory, check_name, check_together

MAX_FILES: Final = 1000


class File(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One file. Its content is ``text`` (written as UTF-8), ``content``, or that of the file at ``path``.

    ``directory`` is relative to the destination's folder, and made where it is missing.
    """

    name: str
    directory: str = ""
    text: str | None = None
    content: bytes | None = None
    path: str | None = None

    def __post_init__(self) -> None:
        """Refuse names that lead elsewhere, and a file that has no content or two."""
        check_name("name", self.name)
        check_directory("directory", self.directory)
        _check_content(self.text, self.content, self.path, needed=True)

    @property
    def place(self) -> str:
        """Where it lies under the destination's folder."""
        return f"{self.directory}/{self.name}" if self.directory else self.name

    @property
    def octets(self) -> bytes | None:
        """The content; None: it is in the file at ``path``."""
        return self.content if self.text is None else self.text.encode()


class FileMessage(Struct, frozen=True, kw_only=True, omit_defaults=True, tag="files"):
    """What one destination gets: a file, those that belong to it (``related``), or all of them as one ZIP.

    ``text``, ``content`` or ``path`` is the file ``name`` in ``directory``; with none of them there are only related
    files. ``related`` have directories of their own, and come before the file: who sees it, finds them there. ``zip``
    is the name of the ZIP, which lies in ``directory`` and has everything in it. ``validators`` are asked, beside those
    of COLUMBA_FILES_VALIDATORS, before anything is sent.
    """

    name: str = ""
    directory: str = ""
    text: str | None = None
    content: bytes | None = None
    path: str | None = None
    related: tuple[File, ...] = ()
    zip: str | None = None
    validators: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse names that lead elsewhere, a crowd of files, and those that could not lie beside each other."""
        check_directory("directory", self.directory)
        _check_content(self.text, self.content, self.path, needed=False)
        if self.has_file:
            check_name("name", self.name)
        if self.zip is not None:
            check_name("zip", self.zip)
        if len(self.related) + self.has_file > MAX_FILES:
            raise ValueError(f"related: at most {MAX_FILES} files go together")
        if not self.related:
            return
        check_together("related", (file.place for file in self.files))

    @property
    def has_file(self) -> bool:
        """Whether there is a file beside the related ones."""
        return not (self.text is None and self.content is None and self.path is None)

    @property
    def files(self) -> tuple[File, ...]:
        """All files, the one that the others belong to last."""
        if not self.has_file:
            return self.related
        # Inside a ZIP the directory is where that lies, and not part of the names in it.
        directory = "" if self.zip else self.directory
        own = File(name=self.name, directory=directory, text=self.text, content=self.content, path=self.path)
        return (*self.related, own)


def attach(message: FileMessage, files: tuple[Attachment, ...]) -> FileMessage:
    """Return the message with an event's files among the related ones, in the message's directory."""
    directory = "" if message.zip else message.directory
    related = tuple(File(name=file.name, directory=directory, content=file.octets) for file in files)
    return structs.replace(message, related=(*message.related, *related))


def _check_content(text: str | None, content: bytes | None, path: str | None, *, needed: bool) -> None:
    given = (text is not None) + (content is not None) + (path is not None)
    if given > 1 or (needed and not given):
        raise ValueError("text, content, path: give one of the three")
