"""From a URL to the folder or bucket that it names."""

from datetime import timedelta
from typing import Final

from columba_shared.blobs.bucket_url import BucketUrl
from columba_shared.blobs.folder import FolderBlobs, folder_of
from columba_shared.blobs.weeks import WeeklyStore
from columba_shared.errors import InvalidSetting, MissingExtra

_BUCKET: Final = "s3:"
_FOLDER: Final = "file:"


def is_weekly(place: str) -> bool:
    """Say whether this names a folder or a bucket, and not a database."""
    return place.startswith((_FOLDER, _BUCKET))


def weekly_store(url: str, *, timeout: timedelta | None = None) -> WeeklyStore:
    """Return the store at a URL; nothing is opened yet. Raises InvalidSetting and MissingExtra.

    A bucket that is silent for the timeout is away; without one it is asked thrice, for longer.
    """
    try:
        if not url.startswith(_BUCKET):
            return FolderBlobs(folder_of(url))
        bucket = BucketUrl.parse(url)
    except ValueError as error:
        raise InvalidSetting("COLUMBA_BLOBS", str(error)) from error
    try:
        from columba_shared.blobs.bucket import BucketBlobs  # noqa: PLC0415 - an extra: not always there
    except ModuleNotFoundError as error:
        raise MissingExtra(
            f"a bucket needs {error.name}: install columba-producer[s3] or columba-consumers[s3]"
        ) from error
    return BucketBlobs(bucket, timeout=timeout)


def checked_url(url: str) -> str:
    """Return the URL unchanged; raises ValueError, which says what it must be."""
    if url.startswith(_BUCKET):
        BucketUrl.parse(url)
    else:
        folder_of(url)
    return url
