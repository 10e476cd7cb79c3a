"""The blob store in a bucket, Amazon's or any that speaks its language: `s3://bucket/prefix?endpoint=…&region=…`.

Keys come from where Amazon's own tools find them: AWS_ACCESS_KEY_ID, a profile, or the role of the machine.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from columba_shared.blobs.bucket_url import BucketUrl
from columba_shared.blobs.errors import BlobMissing, BlobsAway
from columba_shared.blobs.measured import Measured
from columba_shared.blobs.store import Use
from columba_shared.blobs.weeks import name_of
from columba_shared.forking import forgets_when_forked

_PATIENT: Final = {"connect_timeout": 10, "read_timeout": 30, "retries": {"mode": "standard", "total_max_attempts": 3}}
_CONFIG: Final = {
    # What is fetched is held against its own hash; not every server knows Amazon's newer ones.
    "request_checksum_calculation": "when_required",
    "response_checksum_validation": "when_required",
}
_MISSING: Final = frozenset({"404", "NoSuchKey"})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    """A client, and the process that may use it."""

    pid: int
    client: Any


class BucketBlobs:
    """Keeps each blob in an object. Opened when first used; may be shared by threads and forked processes."""

    def __init__(self, url: BucketUrl, *, timeout: timedelta | None = None) -> None:
        """Keep what comes in this bucket; it is away once it is silent for the timeout. None: be patient."""
        self._url = url
        self._patience = _PATIENT if timeout is None else _hurried(timeout)
        self._held: _Held | None = None
        self._lock = threading.Lock()
        forgets_when_forked(self)

    def put(self, content: Measured, use: Use) -> str:
        """Return its name once the bucket has it; raises BlobsAway."""
        name = name_of(content, use)
        with self._translated() as client:
            if not self._has(client, name):
                content.file.seek(0)
                client.put_object(**self._at(name), Body=content.file, ContentLength=content.size)
        return name

    def get(self, blob: str) -> bytes:
        """Return the content; raises BlobMissing, and BlobsAway when nobody knows."""
        with self._translated() as client:
            try:
                found: bytes = client.get_object(**self._at(blob))["Body"].read()
            except ClientError as error:
                if _code(error) in _MISSING:
                    raise BlobMissing(f"the bucket {self._url.bucket} has no {blob[:23]}…") from error
                raise
            return found

    def has(self, blob: str) -> bool:
        """Say whether the object is there; raises BlobsAway."""
        with self._translated() as client:
            return self._has(client, blob)

    def weeks(self) -> list[str]:
        """Return the weeks of which there is something; raises BlobsAway."""
        with self._translated() as client:
            listed = self._listed(client, self._url.prefix, Delimiter="/")
            found = [each["Prefix"] for page in listed for each in page.get("CommonPrefixes", ())]
        return sorted(each.removeprefix(self._url.prefix).rstrip("/") for each in found)

    def blobs_of(self, week: str) -> Iterator[str]:
        """Yield the names of all objects of a week; raises BlobsAway."""
        with self._translated() as client:
            for page in self._listed(client, f"{self._url.prefix}{week}/"):
                for each in page.get("Contents", ()):
                    yield each["Key"].removeprefix(self._url.prefix)

    def remove(self, blobs: list[str]) -> None:
        """Delete these objects, as far as they are there; raises BlobsAway."""
        with self._translated() as client:
            for each in blobs:
                client.delete_object(**self._at(each))

    def leave(self, week: str) -> None:
        """Have nothing to do: an object is there whole or not at all, and a week is no thing of its own."""

    def close(self) -> None:
        """Close the idle connections."""
        if self._held is not None and self._held.pid == os.getpid():
            self._held.client.close()
        self._held = None

    def forget(self) -> None:
        """In a forked child: leave the parent's connections to the parent, and its lock to whoever held it."""
        self._lock = threading.Lock()

    def __str__(self) -> str:
        """Return the bucket."""
        return f"s3://{self._url.bucket}/{self._url.prefix}"

    def _client(self) -> Any:  # noqa: ANN401 - made by botocore, which has no types
        held = self._held
        if held is not None and held.pid == os.getpid():
            return held.client
        with self._lock:
            if self._held is None or self._held.pid != os.getpid():
                if self._held is not None:
                    _inherited.append(self._held)
                self._held = _Held(pid=os.getpid(), client=self._opened())
            return self._held.client

    def _opened(self) -> Any:  # noqa: ANN401 - as above
        url = self._url
        addressing = {"addressing_style": "path" if url.endpoint else "auto"}
        session = botocore.session.get_session()
        return session.create_client(
            "s3",
            region_name=url.region,
            endpoint_url=url.endpoint,
            config=Config(**_CONFIG, **self._patience, s3=addressing),
        )

    def _at(self, name: str) -> dict[str, str]:
        return {"Bucket": self._url.bucket, "Key": f"{self._url.prefix}{name}"}

    def _has(self, client: Any, name: str) -> bool:  # noqa: ANN401 - as above
        try:
            client.head_object(**self._at(name))
        except ClientError as error:
            if _code(error) in _MISSING:
                return False
            raise
        return True

    def _listed(self, client: Any, prefix: str, **more: str) -> Iterator[dict[str, Any]]:  # noqa: ANN401 - as above
        pages = client.get_paginator("list_objects_v2").paginate(Bucket=self._url.bucket, Prefix=prefix, **more)
        yield from pages

    @contextmanager
    def _translated(self) -> Iterator[Any]:
        try:
            yield self._client()
        except (BotoCoreError, ClientError) as error:
            raise BlobsAway(f"the blob store in {self}: {' '.join(str(error).split())}") from error


def _hurried(timeout: timedelta) -> dict[str, Any]:
    """Return what asks once: somebody waits for the answer, and can ask again."""
    seconds = timeout.total_seconds()
    return {"connect_timeout": seconds, "read_timeout": seconds, "retries": {"total_max_attempts": 1}}


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


_inherited: list[_Held] = []
"""Clients of a parent process: closing their connections, even by letting them be collected, is the parent's affair."""
