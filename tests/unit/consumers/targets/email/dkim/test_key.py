"""A key that cannot be used is told by its file, and nothing of it is shown."""

from pathlib import Path

import pytest
from columba_consumers.targets.email.dkim.key import Key
from columba_shared.errors import InvalidSetting
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1
from cryptography.hazmat.primitives.asymmetric.ec import generate_private_key as curve_key
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from tests.unit.consumers.targets.email.dkim.keys import key_in, private_key, record

_PEM = private_key("ed25519").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_knows_what_is_to_be_published(kind: str, tmp_path: Path) -> None:
    assert kind in {"rsa", "ed25519"}
    found = Key.from_file(key_in(tmp_path, "rsa" if kind == "rsa" else "ed25519").file)
    assert found.algorithm == f"{kind}-sha256"
    assert found.public() == record("rsa" if kind == "rsa" else "ed25519").decode().partition("p=")[2]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        pytest.param(b"", "is no private key in PEM", id="nothing"),
        pytest.param(_PEM[:60], "is no private key in PEM", id="cut off"),
        pytest.param(_PEM.replace(b"PRIVATE", b"PUBLIC"), "is no private key in PEM", id="public"),
        pytest.param(
            private_key("ed25519").private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
            "one with a password",
            id="locked",
        ),
        pytest.param(
            curve_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
            "is neither an RSA key nor an Ed25519 key",
            id="of a curve that DKIM does not have",
        ),
    ],
)
def test_what_is_no_key_for_dkim_is_refused_and_not_shown(content: bytes, problem: str, tmp_path: Path) -> None:
    file = tmp_path / "dkim.pem"
    file.write_bytes(content)
    with pytest.raises(InvalidSetting, match=problem) as caught:
        Key.from_file(file)
    assert str(caught.value).startswith(f"COLUMBA_DKIM_KEYS: {file} ")
    assert "BEGIN" not in str(caught.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidSetting, match="cannot be read: No such file"):
        Key.from_file(tmp_path / "none.pem")


def test_a_key_shows_nothing_of_itself(tmp_path: Path) -> None:
    key = Key.from_file(key_in(tmp_path, "ed25519").file)
    secret = _PEM.decode().splitlines()[1]
    assert secret not in repr(key) + str(vars(key))
