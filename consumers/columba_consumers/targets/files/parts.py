"""What a delivery of files consists of, when templates say it."""

from typing import Final

from columba_consumers.file_message import FileMessage, attach
from columba_consumers.rendering.parts import MessageParts, Part

CONTENTS: Final = ("xml", "json", "csv", "html", "txt")
"""The endings of the templates that may be a file's content."""

FILES_PARTS: Final = MessageParts(
    target="files",
    message=FileMessage,
    parts=(
        Part(field="name", file="files.name.txt", required=True, single_line=True),
        Part(field="directory", file="files.directory.txt", single_line=True),
        Part(field="zip", file="files.zip.txt", single_line=True),
        *(Part(field="text", file=f"files.{ending}") for ending in CONTENTS),
    ),
    one_of=("text",),
    attach=attach,
)
