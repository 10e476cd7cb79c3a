"""Amazon's signature, version 4, checked by a reading of its description that shares no line with any client."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import parse_qsl, quote, unquote

ACCESS_KEY: Final = "columba-tests"
SECRET_KEY: Final = "not/a+secret"  # noqa: S105 - of a server that lives for one test
_CREDENTIAL: Final = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/(\d{8})/([^/]+)/s3/aws4_request, ?"
    r"SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})"
)
_SKEW: Final = timedelta(minutes=15)


def problem_of(method: str, path: str, query: str, headers: Mapping[str, str], body: bytes) -> str | None:
    """Return the error code for a request that is not signed as it must be; None: it is."""
    given = _CREDENTIAL.fullmatch(headers.get("authorization", ""))
    if given is None:
        return "AccessDenied"
    user, day, region, signed, signature = given.groups()
    if user != ACCESS_KEY:
        return "InvalidAccessKeyId"
    moment = headers["x-amz-date"]
    at = datetime.strptime(moment, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    if abs(datetime.now(UTC) - at) > _SKEW or not moment.startswith(day):
        return "RequestTimeTooSkewed"
    content = headers["x-amz-content-sha256"]
    if content not in {"UNSIGNED-PAYLOAD", hashlib.sha256(body).hexdigest()}:
        return "XAmzContentSHA256Mismatch"
    names = signed.split(";")
    if not {"host", "x-amz-date", "x-amz-content-sha256"} <= set(names):
        return "AccessDenied"
    lines = [f"{name}:{' '.join(headers[name].split())}\n" for name in names]
    request = "\n".join((method, _quoted_path(path), _sorted_query(query), "".join(lines), signed, content))
    scope = f"{day}/{region}/s3/aws4_request"
    to_sign = "\n".join(("AWS4-HMAC-SHA256", moment, scope, hashlib.sha256(request.encode()).hexdigest()))
    key = f"AWS4{SECRET_KEY}".encode()
    for part in scope.split("/"):
        key = _keyed(key, part)
    return None if hmac.compare_digest(_keyed(key, to_sign).hex(), signature) else "SignatureDoesNotMatch"


def _keyed(key: bytes, text: str) -> bytes:
    return hmac.new(key, text.encode(), hashlib.sha256).digest()


def _quoted_path(path: str) -> str:
    return quote(unquote(path), safe="/-_.~")


def _sorted_query(query: str) -> str:
    pairs = sorted((quote(k, safe="-_.~"), quote(v, safe="-_.~")) for k, v in parse_qsl(query, keep_blank_values=True))
    return "&".join(f"{name}={value}" for name, value in pairs)
