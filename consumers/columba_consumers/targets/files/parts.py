"""What a delivery of files consists of, when templates say it."""

import json
from typing import Final, NoReturn

from columba_consumers.file_message import FileMessage, attach
from columba_consumers.rendering.parts import MessageParts, Part

CONTENTS: Final = ("xml", "json", "csv", "html", "txt")
"""The endings of the templates that may be a file's content."""


def check_json(text: str) -> None:
    """Raise ValueError for what is no JSON: nobody could read the file, and its receiver would find out."""
    try:
        json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"makes no JSON: line {error.lineno}, column {error.colno}: {error.msg}") from error
    except RecursionError as error:
        raise ValueError("makes no JSON that anybody reads: it is too deep") from error


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"makes no JSON: {name} is no JSON")


FILES_PARTS: Final = MessageParts(
    target="files",
    message=FileMessage,
    parts=(
        Part(field="name", file="files.name.txt", required=True, single_line=True),
        Part(field="directory", file="files.directory.txt", single_line=True),
        Part(field="zip", file="files.zip.txt", single_line=True),
        *(
            Part(field="text", file=f"files.{ending}", check=check_json if ending == "json" else None)
            for ending in CONTENTS
        ),
    ),
    one_of=("text",),
    attach=attach,
)
