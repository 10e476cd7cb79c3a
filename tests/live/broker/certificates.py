"""A certificate authority for one test, and what it signs, made by the openssl program."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate and its key, as files."""

    certificate: Path
    key: Path


def authority(folder: Path, name: str) -> Certificate:
    """Make an authority."""
    made = Certificate(certificate=folder / f"{name}.pem", key=folder / f"{name}.key")
    _openssl(
        "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
        "-subj", f"/CN={name}", "-keyout", str(made.key), "-out", str(made.certificate),
    )  # fmt: skip
    return made


def signed(folder: Path, by: Certificate, host: str) -> Certificate:
    """Make a server's certificate for a host, signed by an authority."""
    made = Certificate(certificate=folder / f"{host}.pem", key=folder / f"{host}.key")
    request, names = folder / f"{host}.csr", folder / f"{host}.names"
    kind = "IP" if host[0].isdigit() else "DNS"
    names.write_text(f"subjectAltName={kind}:{host}\n")
    _openssl(
        "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
        "-subj", f"/CN={host}", "-keyout", str(made.key), "-out", str(request),
    )  # fmt: skip
    _openssl(
        "x509", "-req", "-in", str(request), "-CA", str(by.certificate), "-CAkey", str(by.key), "-CAcreateserial",
        "-days", "2", "-extfile", str(names), "-out", str(made.certificate),
    )  # fmt: skip
    return made


def _openssl(*arguments: str) -> None:
    program = shutil.which("openssl")
    if program is None:
        pytest.skip("openssl is not installed")
    subprocess.run([program, *arguments], check=True, capture_output=True)  # noqa: S603 - our own arguments
