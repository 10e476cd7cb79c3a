"""What only a bucket can be: away, forbidden, shared by forked processes."""

import os
import socket
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import pytest
from columba_producer.blobs import open_blobs
from columba_shared.blobs.bucket_url import BucketUrl
from columba_shared.blobs.errors import BlobsAway
from columba_shared.blobs.measured import measured
from columba_shared.blobs.opening import weekly_store
from columba_shared.blobs.store import Use
from columba_shared.blobs.weeks import WeeklyStore
from columba_shared.errors import InvalidSetting, MissingExtra
from columba_shared.identity import event_id

from tests.services.s3_server import Bucket

CONTENT = b"content" * 9_000
USE = Use(event_id=event_id(), targets=("email",), at=datetime(2026, 11, 22, tzinfo=UTC))
NAME = f"2026-11-16/{'a' * 64}"


def url_of(bucket: Bucket, name: str = "blobs") -> str:
    return f"s3://{name}/p?endpoint={quote(bucket.url)}&region=eu-central-1"


@pytest.fixture
def at_bucket(bucket: Bucket) -> Iterator[WeeklyStore]:
    """A store in the bucket."""
    opened = weekly_store(url_of(bucket))
    yield opened
    opened.close()


def put(store: WeeklyStore, content: bytes = CONTENT) -> str:
    with measured(content, most=len(content)) as one:
        return store.put(one, USE)


def test_what_is_there_is_not_sent_again(bucket: Bucket, at_bucket: WeeklyStore) -> None:
    name = put(at_bucket)
    put(at_bucket)
    assert bucket.asked == [("HEAD", f"p/{name}"), ("PUT", f"p/{name}"), ("HEAD", f"p/{name}")]
    assert bucket.objects == {f"p/{name}": CONTENT}


@pytest.mark.parametrize("problem", ["AccessDenied", "NoSuchBucket", "InternalError"])
def test_a_bucket_that_says_no_is_away_and_nothing_is_taken_for_missing(
    bucket: Bucket, at_bucket: WeeklyStore, problem: str
) -> None:
    bucket.problem = problem
    for ask in (lambda: put(at_bucket), lambda: at_bucket.get(NAME), at_bucket.weeks, lambda: at_bucket.remove([NAME])):
        with pytest.raises(BlobsAway, match="the blob store in s3://blobs/p/"):
            ask()


def test_one_that_says_nothing_is_away_after_the_time_that_was_given() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"s3://blobs?endpoint=http://127.0.0.1:{silent.getsockname()[1]}&region=eu-central-1"
        store = open_blobs(url, timeout=timedelta(seconds=0.2))
        begun = time.monotonic()
        with measured(CONTENT, most=len(CONTENT)) as one, pytest.raises(BlobsAway, match="Read timeout"):
            store.put(one, USE)
        assert time.monotonic() - begun < 20  # by itself it waits half a minute, three times; loading it takes seconds


def test_a_wrong_key_is_refused(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "another")
    with pytest.raises(BlobsAway, match="SignatureDoesNotMatch") as caught:
        weekly_store(url_of(bucket)).get(NAME)
    assert "another" not in str(caught.value)


def test_without_keys_it_says_that_there_are_none(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(BlobsAway, match="credentials"):
        weekly_store(url_of(bucket)).get(NAME)


def test_another_bucket_is_not_this_one(bucket: Bucket) -> None:
    with pytest.raises(BlobsAway, match="NoSuchBucket"):
        weekly_store(url_of(bucket, "others")).get(NAME)


def test_without_its_library_it_says_what_to_install(bucket: Bucket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "columba_shared.blobs.bucket", raising=False)
    monkeypatch.setitem(sys.modules, "botocore", None)
    monkeypatch.setitem(sys.modules, "botocore.session", None)
    with pytest.raises(MissingExtra, match=r"a bucket needs botocore.*: install columba-producer\[s3\]"):
        weekly_store(url_of(bucket))


def test_forked_processes_share_it(bucket: Bucket, at_bucket: WeeklyStore) -> None:
    name = put(at_bucket)
    child = os.fork()
    if not child:
        try:
            put(at_bucket, b"child" * 9_000)
            os._exit(0 if at_bucket.get(name) == CONTENT else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert at_bucket.get(name) == CONTENT
    assert len(bucket.objects) == 2


def test_a_url_names_bucket_prefix_and_server() -> None:
    assert BucketUrl.parse("s3://blobs") == BucketUrl(bucket="blobs")
    whole = BucketUrl.parse("s3://my.blobs/a/b%20c/?endpoint=https%3A%2F%2Fminio.example.com%3A9000&region=eu-west-1")
    assert whole == BucketUrl(
        bucket="my.blobs", prefix="a/b c/", endpoint="https://minio.example.com:9000", region="eu-west-1"
    )


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("s3://", "must be a bucket such as"),
        ("s3://Upper", "must be a bucket such as"),
        ("s3://blobs#x", "must be a bucket such as"),
        ("s3://blobs/%0a", "must be a bucket such as"),
        ("s3://blobs?regoin=x", "regoin is unknown there"),
        ("s3://blobs?region=", "its region is no region"),
        ("s3://blobs?endpoint=minio:9000", "its endpoint must be a URL such as"),
        ("s3://key:secret@blobs", "takes no keys"),
        ("s3://blobs?endpoint=https://key:secret@minio", "takes no keys"),
    ],
)
def test_what_is_no_bucket_is_refused(url: str, problem: str) -> None:
    with pytest.raises(InvalidSetting, match=f"^COLUMBA_BLOBS: .*{problem}") as caught:
        weekly_store(url)
    assert "secret" not in str(caught.value)
