"""A request's JSON, read with the limits of each field."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

from starlette.requests import Request

from services.gateway.errors import Refused

_LARGEST: Final = 1e9
_MAX_BYTES: Final = 256 * 1024


class Body:
    """Fields of a JSON object; what is absent is empty. A wrong one is refused by its name.

    Args:
        fields: The object.
        within: What stands before the names of its fields, ``badge.``.
    """

    def __init__(self, fields: dict[str, Any], within: str = "") -> None:
        self._fields = fields
        self._within = within

    @classmethod
    async def of(cls, request: Request, most_bytes: int = _MAX_BYTES) -> Body:
        """A request's object.

        Args:
            request: Its body is read.
            most_bytes: A longer one is not read to its end.

        Raises:
            Refused: too long, not JSON, or not declared as JSON, which a form of another site
                cannot do.
        """
        declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if declared != "application/json":
            raise Refused(415, "INVALID_ARGUMENT", "send application/json")
        data = bytearray()
        async for piece in request.stream():
            data += piece
            if len(data) > most_bytes:
                raise Refused(413, "INVALID_ARGUMENT", f"more than {most_bytes} bytes")
        try:
            fields = json.loads(data)
        except (ValueError, RecursionError):  # the latter: thousands of brackets in one another
            fields = None
        if not isinstance(fields, dict):
            raise Refused(400, "INVALID_ARGUMENT", "not a JSON object")
        return cls(fields)

    def has(self, name: str) -> bool:
        """Was this field sent?"""
        return name in self._fields

    def text(self, name: str, limit: int) -> str:
        """A string of at most ``limit`` characters."""
        value = self._fields.get(name, "")
        if not isinstance(value, str) or len(value) > limit:
            raise self._wrong(name, f"want text of at most {limit} characters")
        if not _is_text(value):
            raise self._wrong(name, "holds half of a surrogate pair")
        return value

    def texts(self, name: str, limit: int) -> list[str]:
        """At most ``limit`` strings of at most 200 characters."""
        value = self._fields.get(name, [])
        if not isinstance(value, list) or len(value) > limit:
            raise self._wrong(name, f"want a list of at most {limit}")
        if not all(isinstance(item, str) and len(item) <= 200 for item in value):
            raise self._wrong(name, "want texts of at most 200 characters")
        if not all(map(_is_text, value)):
            raise self._wrong(name, "holds half of a surrogate pair")
        return value

    def objects(self, name: str, limit: int) -> list[dict[str, Any]]:
        """At most ``limit`` objects."""
        value = self._fields.get(name, [])
        if not isinstance(value, list) or len(value) > limit:
            raise self._wrong(name, f"want a list of at most {limit}")
        if not all(isinstance(item, dict) for item in value):
            raise self._wrong(name, "want objects")
        return value

    def number(self, name: str) -> int:
        """A whole number that is not negative; 0 where it is absent."""
        value = self._fields.get(name, 0)
        if type(value) is not int or not 0 <= value < 2**63:
            raise self._wrong(name, "want a whole number")
        return value

    def whole(self, name: str, most: int = 2**31 - 1) -> int:
        """A whole number from 0 to ``most``, as the contract's int32; 0 where it is absent."""
        value = self.number(name)
        if value > most:
            raise self._wrong(name, f"want at most {most}")
        return value

    def real(self, name: str, default: float = 0.0) -> float:
        """A figure; ``default`` where it is absent."""
        value = self._fields.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self._wrong(name, "want a number")
        if not abs(value) < _LARGEST:  # JSON of Python knows NaN
            raise self._wrong(name, "want a finite number")
        return float(value)

    def content(self, name: str) -> bytes:
        """Bytes in base64; none where it is absent."""
        value = self._fields.get(name, "")
        if not isinstance(value, str):
            raise self._wrong(name, "want base64")
        try:
            return base64.b64decode(value, validate=True)
        except ValueError:
            raise self._wrong(name, "want base64") from None

    def object(self, name: str) -> Body:
        """An object; an empty one where it is absent."""
        value = self._fields.get(name, {})
        if not isinstance(value, dict):
            raise self._wrong(name, "want an object")
        return Body(value, f"{self.path(name)}.")

    def flag(self, name: str) -> bool:
        """True or false; false where it is absent."""
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            raise self._wrong(name, "want true or false")
        return value

    def path(self, name: str) -> str:
        """A field's name, as errors tell it."""
        return f"{self._within}{name}"

    def _wrong(self, name: str, message: str) -> Refused:
        path = self.path(name)
        return Refused(400, "INVALID_ARGUMENT", f"{path}: {message}", path)


def _is_text(value: str) -> bool:
    """JSON can say halves of surrogate pairs, which are no characters: UTF-8 has none."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
