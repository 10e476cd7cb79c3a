"""Which bucket a URL names, and by which server."""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, unquote, urlsplit

_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION: Final = re.compile(r"[a-z0-9-]{1,60}")
_LIKE: Final = "must be a bucket such as s3://blobs/columba?endpoint=https://minio.example.com&region=eu-central-1"
_KEYS: Final = "takes no keys: they come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, a profile, or a role"


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketUrl:
    """A bucket, what names in it begin with, and where it is; None: Amazon's own, as its tools are set up here."""

    bucket: str
    prefix: str = ""
    endpoint: str | None = None
    region: str | None = None

    @classmethod
    def parse(cls, url: str) -> "BucketUrl":
        """Return what the URL says; raises ValueError, which says what it must be."""
        parts = urlsplit(url)
        if "@" in parts.netloc:
            raise ValueError(_KEYS)
        if parts.scheme != "s3" or not _BUCKET.fullmatch(parts.netloc) or parts.fragment:
            raise ValueError(_LIKE)
        told = dict(parse_qsl(parts.query, keep_blank_values=True))
        unknown = sorted(told.keys() - {"endpoint", "region"})
        if unknown:
            raise ValueError(f"{_LIKE}; {unknown[0]} is unknown there")
        if "region" in told and not _REGION.fullmatch(told["region"]):
            raise ValueError(f"{_LIKE}; its region is no region")
        prefix = unquote(parts.path).strip("/")
        if not prefix.isprintable():
            raise ValueError(_LIKE)
        return cls(
            bucket=parts.netloc,
            prefix=f"{prefix}/" if prefix else "",
            endpoint=_endpoint(told["endpoint"]) if "endpoint" in told else None,
            region=told.get("region"),
        )


def _endpoint(given: str) -> str:
    if "@" in given:  # also behind a slash or a # of a key that is not encoded
        raise ValueError(_KEYS)
    parts = urlsplit(given)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(f"{_LIKE}; its endpoint must be a URL such as https://minio.example.com")
    return given
