"""API keys and the tenants that they belong to (docs/KEYS.md).

Only hashes are kept. A key is random and long, so SHA-256 without salt keeps it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from foundation.errors import InvalidArgument
from services.server.callers import DEFAULT_TENANT, check_tenant
from services.server.settings import Settings

_PREFIX: Final = "dauys_"
"""So that a key is known for one where it does not belong: in a repository, in a log."""

_SHA256: Final = re.compile(r"[0-9a-fA-F]{64}")
_MOST_FILE_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Whose key is which. Without any, the server asks for none."""

    tenants: Mapping[bytes, str]
    """By the key's SHA-256, 32 bytes."""

    def __bool__(self) -> bool:
        return bool(self.tenants)

    def tenant_of(self, key: str) -> str | None:
        """The tenant whose key it is; None: nobody's. Both take equally long."""
        digest = hashlib.sha256(key.encode("utf-8", errors="surrogatepass")).digest()
        found = None
        for each, tenant in self.tenants.items():
            if hmac.compare_digest(each, digest):
                found = tenant
        return found


def new_key() -> tuple[str, str]:
    """A key of 256 random bits, and its SHA-256, hexadecimal."""
    key = _PREFIX + secrets.token_urlsafe(32)
    return key, hashlib.sha256(key.encode()).hexdigest()


def load_keys(settings: Settings) -> ApiKeys:
    """The keys that settings name.

    Raises:
        InvalidArgument: names the setting, or the file and the field in it.
    """
    tenants: dict[bytes, str] = {}
    if settings.api_key_sha256:
        tenants[_digest(settings.api_key_sha256, "DAUYS_API_KEY_SHA256")] = DEFAULT_TENANT
    if settings.api_keys is not None:
        try:
            _add(tenants, _document(settings.api_keys))
        except InvalidArgument as error:
            where = f"DAUYS_API_KEYS {settings.api_keys}"
            raise InvalidArgument(
                f"{where}: {error.field}" if error.field else where, error.description
            ) from error
    return ApiKeys(tenants)


def _document(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            content = file.read(_MOST_FILE_BYTES + 1)
    except OSError as error:
        raise InvalidArgument("", f"cannot be read: {error.strerror}") from error
    if len(content) > _MOST_FILE_BYTES:
        raise InvalidArgument("", f"is larger than {_MOST_FILE_BYTES} bytes")
    try:
        return tomllib.loads(content.decode())
    except ValueError as error:  # of TOML, or of UTF-8
        raise InvalidArgument("", f"is no TOML: {error}") from error


def _add(tenants: dict[bytes, str], document: dict[str, Any]) -> None:
    _only(document, "tenants", "")
    named = _table(document.get("tenants"), "tenants")
    if not named:
        raise InvalidArgument("tenants", "names none")
    for name, values in named.items():
        field = f"tenants.{name}"
        check_tenant(name, field)
        hashes = _table(values, field).get("sha256")
        _only(values, "sha256", f"{field}.")
        if not isinstance(hashes, list) or not hashes:
            raise InvalidArgument(f"{field}.sha256", "must be a list of the hashes of its keys")
        for number, value in enumerate(hashes):
            where = f"{field}.sha256[{number}]"
            digest = _digest(value, where)
            if digest in tenants:
                raise InvalidArgument(where, f"is a key of the tenant {tenants[digest]} already")
            tenants[digest] = name


def _table(value: Any, field: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidArgument(field, "must be a table")
    return value


def _only(table: dict[str, Any], known: str, prefix: str) -> None:
    for name in table:
        if name != known:
            raise InvalidArgument(f"{prefix}{name}", f"is not known; there is {known}")


def _digest(value: Any, field: str) -> bytes:
    """Not repeated where it is wrong: it may be the key itself."""
    if not isinstance(value, str) or not _SHA256.fullmatch(value):
        raise InvalidArgument(field, "is no SHA-256: 64 hexadecimal digits, as `dauys key` prints")
    return bytes.fromhex(value)
