"""Keys in files, and the DNS that publishes them, as an independent verifier asks it."""

import base64
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Literal

from columba_shared.settings.signing_key import SigningKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

Kind = Literal["rsa", "ed25519"]
Dns = Callable[..., bytes | None]


@lru_cache
def private_key(kind: Kind) -> RSAPrivateKey | Ed25519PrivateKey:
    """Return a key, the same for all tests of a run: making one of RSA takes its time."""
    return generate_private_key(65537, 2048) if kind == "rsa" else Ed25519PrivateKey.generate()


def key_in(folder: Path, kind: Kind, domain: str = "example.com") -> SigningKey:
    """Write a key of this kind to a file, published under its own name."""
    file = folder / f"{kind}.pem"
    file.write_bytes(private_key(kind).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return SigningKey(domain=domain, selector=kind, file=file)


def record(kind: Kind) -> bytes:
    """Return what its owner publishes."""
    public = private_key(kind).public_key()
    if kind == "rsa":
        raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    else:
        raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return f"v=DKIM1; k={kind}; p={base64.b64encode(raw).decode()}".encode()


def dns(domain: str = "example.com") -> Dns:
    """Return what answers a verifier's questions for a domain."""
    known = {
        f"rsa._domainkey.{domain}.".encode(): record("rsa"),
        f"ed25519._domainkey.{domain}.".encode(): record("ed25519"),
    }
    return lambda name, **_: known.get(name.encode() if isinstance(name, str) else name)
