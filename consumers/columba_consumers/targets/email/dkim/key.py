"""A private key, read from its file; nothing of it is ever shown."""

import base64
from pathlib import Path
from typing import Final

from columba_shared.errors import InvalidSetting
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

_LEAST_BITS: Final = 1024


class Key:
    """Signs digests; its ``algorithm`` is what DKIM calls it."""

    def __init__(self, private: RSAPrivateKey | Ed25519PrivateKey) -> None:
        self._private = private
        self.algorithm: Final = "rsa-sha256" if isinstance(private, RSAPrivateKey) else "ed25519-sha256"

    @classmethod
    def from_file(cls, file: Path) -> "Key":
        """Read a key in PEM without a password; raises InvalidSetting."""
        try:
            private = load_pem_private_key(file.read_bytes(), password=None)
        except OSError as error:
            raise _refused(file, f"cannot be read: {error.strerror}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm):
            # What they say is left out, and what they were raised from: it may quote the file.
            raise _refused(file, "is no private key in PEM, or one with a password") from None
        if not isinstance(private, RSAPrivateKey | Ed25519PrivateKey):
            raise _refused(file, "is neither an RSA key nor an Ed25519 key")
        if isinstance(private, RSAPrivateKey) and private.key_size < _LEAST_BITS:
            raise _refused(file, f"has {private.key_size} bits: make one of 2048")
        return cls(private)

    def sign(self, data: bytes, digest: bytes) -> bytes:
        """Return the signature; ``digest`` is the SHA-256 of the data, which Ed25519 signs in its place."""
        if isinstance(self._private, RSAPrivateKey):
            return self._private.sign(data, PKCS1v15(), SHA256())
        return self._private.sign(digest)

    def public(self) -> str:
        """Return what stands in the DNS as ``p=``."""
        public = self._private.public_key()
        if isinstance(self._private, RSAPrivateKey):
            raw = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        else:
            raw = public.public_bytes(Encoding.Raw, PublicFormat.Raw)
        return base64.b64encode(raw).decode()


def _refused(file: Path, problem: str) -> InvalidSetting:
    return InvalidSetting("COLUMBA_DKIM_KEYS", f"{file} {problem}")
