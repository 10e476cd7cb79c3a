"""The newspaper of docs/rules.md, as it stands in examples/press."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from columba_shared.log.engine import connect
from columba_shared.log.tables import outbox
from columba_shared.wire import decode
from sqlalchemy import select

PRESS = Path(__file__).parents[3] / "examples" / "press"


def run(folder: Path, *command: str) -> None:
    """Run something of the newspaper's in a folder of its own."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("COLUMBA_")}
    own = {
        "PYTHONPATH": str(PRESS),
        "COLUMBA_APP": "press",
        "COLUMBA_TEMPLATES": str(PRESS / "templates"),
        "COLUMBA_TARGETS": "files",
        "COLUMBA_FILES_DESTINATIONS": f"left=file://{folder}/left; right=file://{folder}/right",
    }
    done = subprocess.run(  # noqa: S603 - our own command
        [sys.executable, *command], cwd=folder, env=others | own, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_it_tells_of_what_is_online_and_of_what_was_mended_and_of_nothing_else(tmp_path: Path) -> None:
    run(tmp_path, str(PRESS / "press.py"))
    engine = connect(f"sqlite:///{tmp_path / 'columba.db'}")
    with engine.connect() as connection:
        told = [decode(body) for body in connection.scalars(select(outbox.c.body).order_by(outbox.c.id))]
    engine.dispose()
    assert [(each.kind, each.about, each.context["created"], each.context["changed"]) for each in told] == [
        ("partner.story", "story:1", True, []),
        ("partner.story", "story:1", False, ["text", "readers"]),
    ]
    assert [recipient.address for recipient in told[0].to] == ["left", "right"]
    assert told[0].context["directory"] == "2026/11"


@pytest.mark.skipif(find_spec("columba_consumers.targets.files") is None, reason="there is no target for files yet")
def test_its_partners_get_the_newest_words_as_files(tmp_path: Path) -> None:
    run(tmp_path, str(PRESS / "press.py"))
    run(tmp_path, "-m", "columba_consumers", "up", "--once")
    for partner in ("left", "right"):
        file = tmp_path / partner / "2026" / "11" / "story-1.xml"
        assert "<text>They are back &amp; on the roof.</text>" in file.read_text()
        assert [each.name for each in (tmp_path / partner).rglob("*.xml")] == ["story-1.xml"]
