"""Parts: the leaves and branches of the tree that a mail's content is."""

from hashlib import blake2b

from columba_consumers.targets.email.mime.body import encode

Part = tuple[str, bytes]
"""The part's own header lines, and its content."""


def text_part(subtype: str, text: str) -> Part:
    """Return a leaf of text; raises UnsafeBody."""
    encoding, content = encode(text, "text" if subtype == "plain" else subtype)
    headers = f"Content-Type: text/{subtype}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n"
    return headers, content


def multipart(subtype: str, parts: tuple[Part, ...], *, seed: str, parameters: str = "") -> Part:
    """Return a branch; the same seed makes the same boundary, which occurs in none of the parts."""
    boundary = _boundary(parts, seed)
    delimiter = b"--" + boundary.encode()
    pieces: list[bytes] = []
    for headers, content in parts:
        pieces += (delimiter, b"\r\n", headers.encode(), b"\r\n", content, b"\r\n")
    content = b"".join((*pieces, delimiter, b"--\r\n"))
    encoding = "" if content.isascii() else "Content-Transfer-Encoding: 8bit\r\n"
    return f'Content-Type: multipart/{subtype}{parameters}; boundary="{boundary}"\r\n{encoding}', content


def _boundary(parts: tuple[Part, ...], seed: str) -> str:
    """Choose one with ``=_`` in it, which encoded parts cannot contain; plain ones are searched."""
    while True:
        seed = blake2b(seed.encode(), digest_size=12).hexdigest()
        boundary = f"=_{seed}"
        if not any(boundary.encode() in content for _, content in parts):
            return boundary
