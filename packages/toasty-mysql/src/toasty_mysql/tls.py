"""How the way to the server is encrypted, in the words of the client `mysql`.

https://dev.mysql.com/doc/refman/8.4/en/connection-options.html#encrypted-connection-options
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import TYPE_CHECKING, Any, NamedTuple

from toasty_core.errors import ConnectionFailed, UrlError
from toasty_core.url import Url, redact

if TYPE_CHECKING:
    from ssl import SSLContext


class TlsMode(Enum):
    """How much the connection must be guarded; the names are the client's."""

    DISABLED = "DISABLED"
    PREFERRED = "PREFERRED"
    REQUIRED = "REQUIRED"
    VERIFY_CA = "VERIFY_CA"
    VERIFY_IDENTITY = "VERIFY_IDENTITY"


MODES = tuple(mode.value for mode in TlsMode)
SWITCHES = ("ssl_disabled", "ssl_verify_cert", "ssl_verify_identity")
"""PyMySQL's own names for three of the modes."""


class Tls(NamedTuple):
    """How the way is encrypted: the mode, and the files for it."""

    mode: TlsMode = TlsMode.PREFERRED
    ca: str | None = None
    capath: str | None = None
    cert: str | None = None
    key: str | None = None
    key_password: str | None = None
    cipher: str | None = None

    def arguments(self, url: Url) -> dict[str, Any]:
        """The arguments of `pymysql.connect`. Raises ConnectionFailed for a file that cannot be used."""
        if self.mode in (TlsMode.DISABLED, TlsMode.PREFERRED):
            return {"ssl_disabled": True}
        try:
            return {"ssl": self._context()}
        except OSError as error:  # an SSLError is one
            raise ConnectionFailed(
                f"The TLS files cannot be used: {redact(_reason(error), url)}.",
                where=str(url),
                hint="check ?ssl-ca=, ?ssl-cert= and ?ssl-key=: they name files in the PEM format",
            ) from error

    def _context(self) -> SSLContext:
        import ssl

        context = ssl.create_default_context(cafile=self.ca, capath=self.capath)
        # The certificates that MySQL makes for itself do not pass what Python 3.13 asks for beyond the signature.
        context.verify_flags &= ~getattr(ssl, "VERIFY_X509_STRICT", 0)
        context.check_hostname = self.mode is TlsMode.VERIFY_IDENTITY
        if self.mode is TlsMode.REQUIRED:
            context.verify_mode = ssl.CERT_NONE
        if self.cert is not None:
            context.load_cert_chain(self.cert, self.key, self.key_password)
        if self.cipher is not None:
            context.set_ciphers(self.cipher)
        return context


def read_tls(url: Url, settings: Mapping[str, Any]) -> Tls:
    """The TLS options of a URL. Raises UrlError for two that contradict each other."""
    files = ("ca", "capath", "cert", "key", "key_password", "cipher")
    tls = Tls(_mode(url, settings), *(settings.get(f"ssl_{name}") for name in files))
    if tls.key and not tls.cert:
        raise UrlError("?ssl-key= needs ?ssl-cert=.", where=str(url))
    return tls


def _mode(url: Url, settings: Mapping[str, Any]) -> TlsMode:
    implied = _implied(settings)
    if "ssl_mode" not in settings:
        return implied or TlsMode.PREFERRED
    mode = TlsMode(settings["ssl_mode"].upper())
    if settings.get("ssl_disabled") and mode is not TlsMode.DISABLED:
        raise UrlError(
            f"The URL says ssl_disabled and ssl-mode={mode.value}.",
            where=str(url),
            hint="leave one out",
        )
    return mode


def _implied(settings: Mapping[str, Any]) -> TlsMode | None:
    """The mode that the other options mean; a file that vouches for the server is there to be asked."""
    if settings.get("ssl_disabled"):
        return TlsMode.DISABLED
    if settings.get("ssl_verify_identity"):
        return TlsMode.VERIFY_IDENTITY
    vouches = "ssl_ca" in settings or "ssl_capath" in settings
    if settings.get("ssl_verify_cert", vouches):
        return TlsMode.VERIFY_CA
    given = any(name.startswith("ssl_") and name not in SWITCHES for name in settings)
    return TlsMode.REQUIRED if given else None


def _reason(error: OSError) -> str:
    named = f"{error.filename!r}: " if error.filename else ""
    return f"{named}{error.strerror or error}"
