"""What makes messages for commands reads a digest in the log that they have open."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import pytest
from columba_consumers.cli import opening
from columba_consumers.cli.making import making
from columba_consumers.rendering.errors import Vanished
from columba_shared.event import Event, Recipient
from columba_shared.identity import delivery_id, event_id
from columba_shared.log.engine import connect
from columba_shared.log.tables import metadata
from columba_shared.settings import Settings

TO = Recipient(address="bob@example.org")


async def test_a_digest_is_read_in_the_log_that_is_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "log_of", cast("Any", None))  # another engine for each digest would be one too many
    settings = Settings.from_env({"COLUMBA_ENV_FILE": "", "COLUMBA_TEMPLATES": str(tmp_path)})
    digest = Event(
        id=event_id(), kind="comment.added", target="email", to=(TO,), gathers=True, created_at=datetime.now(UTC)
    )
    log = connect(f"sqlite:///{tmp_path}/log.db")
    with log.begin() as connection:
        metadata.create_all(connection)
    async with making(settings, ("email",), log=log) as made:
        with pytest.raises(Vanished, match="nothing is left to tell"):
            await made.make(digest, TO, delivery=delivery_id(digest.id, "email", TO.address))
    log.dispose()
