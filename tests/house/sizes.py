"""How long files and functions are."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

FILE_LIMIT = 300
FUNCTION_LIMIT = 50

_HOLDS_STATEMENTS = ast.stmt | ast.excepthandler | ast.match_case


def too_long(path: Path, text: str) -> Iterator[str]:
    """Yield the file, if it is too long, and each function in it that is, as `path` and `path::Class.function`."""
    lines_here = text.count("\n")
    if lines_here > FILE_LIMIT:
        yield path.as_posix()
    if lines_here <= FUNCTION_LIMIT:  # reading all of the tree takes a while
        return
    for name, lines in _functions(ast.parse(text)):
        if lines > FUNCTION_LIMIT:
            yield f"{path.as_posix()}::{name}"


def complaints(found: Iterable[str], excepted: Mapping[str, str]) -> list[str]:
    """Return a line for each thing too long without a reason, and for each exception nobody needs or explains."""
    long = set(found)
    limits = f"the limits are {FILE_LIMIT} lines for a file and {FUNCTION_LIMIT} for a function"
    return [
        *(f"{name} is too long: {limits}" for name in sorted(long - excepted.keys())),
        *(f"{name} is an exception that is no longer needed" for name in sorted(excepted.keys() - long)),
        *(f"{name} is an exception without a reason" for name in sorted(excepted) if not excepted[name].strip()),
    ]


def _functions(node: ast.AST, outside: str = "") -> Iterator[tuple[str, int]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{outside}{child.name}"
            if not isinstance(child, ast.ClassDef):
                yield name, (child.end_lineno or child.lineno) - child.lineno + 1
            yield from _functions(child, f"{name}.")
        elif isinstance(child, _HOLDS_STATEMENTS):
            yield from _functions(child, outside)
