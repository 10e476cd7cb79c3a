"""The project's own files: what git tracks or would track; without git, what lies in no hidden or made folder."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[2]
_MADE = {"__pycache__", "build", "dist", "node_modules", "columba-mail"}


def files(root: Path = PROJECT) -> list[Path]:
    """Return the files of the tree, in order, as paths from its root."""
    known = _known_to_git(root)
    found = _lying_about(root) if known is None else known
    return sorted(path for path in found if (root / path).is_file())


def python_files(root: Path = PROJECT) -> list[Path]:
    """Return the tree's Python files."""
    return [path for path in files(root) if path.suffix == ".py"]


def _known_to_git(root: Path) -> list[Path] | None:
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return None
    command = [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False)  # noqa: S603 - our own command
    return [Path(name) for name in done.stdout.decode().split("\0") if name] if done.returncode == 0 else None


def _lying_about(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        inside = path.relative_to(root)
        if not any(part in _MADE or (part.startswith(".") and part != ".ci") for part in inside.parts[:-1]):
            yield inside
