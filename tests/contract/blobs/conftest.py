"""Every test of blob stores that are kept by the week runs once on each."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from columba_shared.blobs.opening import weekly_store
from columba_shared.blobs.weeks import WeeklyStore

from tests.services.s3_server import Bucket, s3_server
from tests.services.s3_signature import ACCESS_KEY, SECRET_KEY

PLACES = ("folder", "bucket", "whole bucket")


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Give keys as Amazon's tools take them, and nothing that this machine may have."""
    for name, value in {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def bucket() -> Iterator[Bucket]:
    """A bucket of this test's own."""
    with s3_server() as served:
        yield served


@pytest.fixture(params=PLACES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A place of its own, with nothing in it."""
    if request.param == "folder":
        folder = tmp_path / "bløbs and more"
        folder.mkdir()
        return folder.as_uri()
    served: Bucket = request.getfixturevalue("bucket")
    prefix = "" if request.param == "whole bucket" else "/bl%C3%B8bs%20and/more"
    return f"s3://{served.name}{prefix}?endpoint={quote(served.url, safe='')}&region=eu-central-1"


@pytest.fixture
def store(url: str) -> Iterator[WeeklyStore]:
    """The store at that place."""
    opened = weekly_store(url)
    yield opened
    opened.close()
