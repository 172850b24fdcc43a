"""Who signs manifests: the operator's certificate, or one made for tests.

A signing certificate of C2PA is an X.509 certificate with the key usage digitalSignature and an
extended key usage such as emailProtection or documentSigning, not self-signed (C2PA
specification, *Certificate profile*).
"""

from __future__ import annotations

import datetime
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from filelock import FileLock

from foundation.errors import FailedPrecondition

_log = structlog.get_logger(__name__)

_TEST_DAYS: Final = 365
_ECDSA: Final = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
_NO_TRUST: Final = "dauys test certificate: not to be trusted"


@dataclass(frozen=True, slots=True)
class SigningIdentity:
    """A certificate chain and its key."""

    certificates: str
    """PEM; the signer's own first, then those that vouch for it, with or without the root."""

    key: str = ""
    """PEM, PKCS #8, not encrypted."""

    algorithm: str = "es256"
    """As C2PA calls it: es256, es384, es512, ps256 or ed25519."""

    for_tests: bool = False
    """Made here: readers will say that nobody known signed."""

    def __repr__(self) -> str:
        """Without the key, which must reach no log."""
        return f"SigningIdentity({self.algorithm}, for_tests={self.for_tests})"


def load_identity(certificate: Path, key: Path) -> SigningIdentity:
    """The operator's certificate chain and key, both PEM.

    Raises:
        FailedPrecondition: a file cannot be read, the two do not belong together, the certificate
            is not valid today, or it may not sign manifests.
    """
    try:
        chain_text, key_text = certificate.read_text("ascii"), key.read_text("ascii")
        own = x509.load_pem_x509_certificates(chain_text.encode())[0]
        private = load_pem_private_key(key_text.encode(), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise FailedPrecondition(
            f"the certificate {certificate} or its key {key} cannot be read as PEM: {error}"
        ) from error
    if _public_bytes(own.public_key()) != _public_bytes(private.public_key()):
        raise FailedPrecondition(f"{key} is not the key of the certificate {certificate}")
    now = datetime.datetime.now(datetime.UTC)
    if not own.not_valid_before_utc <= now <= own.not_valid_after_utc:
        raise FailedPrecondition(
            f"the certificate {certificate} is valid from {own.not_valid_before_utc:%Y-%m-%d} to "
            f"{own.not_valid_after_utc:%Y-%m-%d}, not now"
        )
    if own.issuer == own.subject:
        raise FailedPrecondition(f"{certificate} is self-signed; C2PA wants one that is issued")
    return SigningIdentity(chain_text, key_text, _algorithm(private, certificate))


def identity_for_tests(folder: Path) -> SigningIdentity:
    """A certificate for tests, made in ``folder`` on first use and again when it has run out.

    Its root is ``root.pem``: a reader that is given it as a trust anchor trusts what it signed.

    Raises:
        FailedPrecondition: the folder cannot be written, or holds something else.
    """
    chain, key = folder / "certificate.pem", folder / "key.pem"
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with FileLock(folder / ".lock"):
            if not _is_current(chain) or not key.is_file():
                _make(folder)
    except OSError as error:
        raise FailedPrecondition(f"no test certificate in {folder}: {error}") from error
    found = load_identity(chain, key)
    return SigningIdentity(found.certificates, found.key, found.algorithm, for_tests=True)


def _is_current(chain: Path) -> bool:
    if not chain.is_file():
        return False
    try:
        own = x509.load_pem_x509_certificates(chain.read_bytes())[0]
    except ValueError:
        return False
    week = datetime.timedelta(days=7)
    return own.not_valid_after_utc > datetime.datetime.now(datetime.UTC) + week


def _make(folder: Path) -> None:
    root_key, own_key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    root = _certificate("root", root_key, None, root_key)
    own = _certificate("signer", own_key, root, root_key)
    _write(
        folder / "key.pem", own_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    _write(folder / "root.pem", root.public_bytes(Encoding.PEM))
    # Last, for it says that all are there.
    pems = (own.public_bytes(Encoding.PEM), root.public_bytes(Encoding.PEM))
    _write(folder / "certificate.pem", b"".join(pems))
    _log.warning("images.test_certificate_made", folder=str(folder), days=_TEST_DAYS)


def _certificate(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    issuer: x509.Certificate | None,
    issuer_key: ec.EllipticCurvePrivateKey,
) -> x509.Certificate:
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COMMON_NAME, f"{_NO_TRUST} ({name})"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, _NO_TRUST),
        ]
    )
    is_root = issuer is None
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject if issuer is None else issuer.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=_TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=not is_root,
                content_commitment=False,
                key_encipherment=False,
                data_encipherment=False,
                key_agreement=False,
                key_cert_sign=is_root,
                crl_sign=is_root,
                encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key()),
            critical=False,
        )
    )
    if not is_root:
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(usage, critical=False)
    return builder.sign(issuer_key, hashes.SHA256())


def _write(path: Path, content: bytes) -> None:
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as stream:
        stream.write(content)
    part.replace(path)


def _public_bytes(key: object) -> bytes:
    encoded: bytes = key.public_bytes(  # type: ignore[attr-defined]
        Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    )
    return encoded


def _algorithm(key: object, certificate: Path) -> str:
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _ECDSA:
        return _ECDSA[key.curve.name]
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return "ed25519"
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= 2048:
        return "ps256"
    raise FailedPrecondition(
        f"{certificate}: C2PA signs with ECDSA (P-256, P-384, P-521), Ed25519 or RSA of 2048 bits "
        "and more; its key is none of these"
    )
