"""A certificate authority of the tests' own, and what it signs: PEM files as servers and clients take them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path

from attrs import frozen
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@frozen
class Authority:
    """Signs certificates; `file` is its own, which others are given to trust it."""

    file: Path
    _key: ec.EllipticCurvePrivateKey
    _name: x509.Name

    @classmethod
    def new(cls, folder: Path, name: str = "authority") -> Authority:
        """One that nobody knows yet. Its certificate stands in `folder/NAME.pem`."""
        key, subject = ec.generate_private_key(ec.SECP256R1()), _named(name)
        basic = x509.BasicConstraints(ca=True, path_length=None)
        certificate = _begun(subject, subject, key).add_extension(basic, critical=True)
        signed = certificate.sign(key, hashes.SHA256())
        file = folder / f"{name}.pem"
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
        return cls(file, key, subject)

    def certificate(self, name: str, *addresses: str) -> Path:
        """A file with a certificate and its key, for a server at `addresses` (IP addresses or names) or a client."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _begun(_named(name), self._name, key)
        if addresses:
            names = x509.SubjectAlternativeName([_address(one) for one in addresses])
            certificate = certificate.add_extension(names, critical=False)
        signed = certificate.sign(self._key, hashes.SHA256())
        file = self.file.parent / f"{name}.pem"
        file.write_bytes(signed.public_bytes(serialization.Encoding.PEM) + _plain(key))
        return file


def _named(name: str) -> x509.Name:
    parts = {NameOID.ORGANIZATION_NAME: "Toasty's tests", NameOID.COMMON_NAME: name}
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def _begun(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = datetime.now(timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _address(text: str) -> x509.GeneralName:
    if text[0].isdigit():
        return x509.IPAddress(ip_address(text))
    return x509.DNSName(text)


def _plain(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
