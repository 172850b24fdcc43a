"""Zipped documents: read within bounds, written back with what was not changed as it was."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from typing import Final

from services.translation.documents.limits import DocumentLimits, check_limit, refused
from services.translation.documents.xml_parsing import Element, parse_xml, write_xml

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED: Final = 0x1 | 0x40
_BROKEN: Final = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    OSError,
    EOFError,
    ValueError,
    OverflowError,
    RuntimeError,  # NotImplementedError as well
)
"""What zipfile raises on a broken archive."""

_SMALL: Final = 20 * 1024 * 1024  # bytes: no bomb, whatever the ratio


class Package:
    """The entries of a zip archive. Parsed entries are written from their trees."""

    def __init__(self, data: bytes, limits: DocumentLimits) -> None:
        """Read the directory; nothing is unpacked before the sizes in it are checked.

        Raises:
            InvalidArgument: it is no readable archive, or over a limit.
        """
        if data.startswith(_OLE):
            raise refused(
                "the file is encrypted, or of a binary format before 2007: "
                "save it without a password in today's format"
            )
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except _BROKEN as error:
            raise refused(f"the file is broken or no such document: {error}") from error
        self._infos = self._archive.infolist()
        self._limits = limits
        self._check(len(data))
        for info in self._infos:  # a broken entry is found now, not when all is translated
            self.read(info.filename)
        self._trees: dict[str, Element] = {}
        self._dropped: set[str] = set()
        self._parsed_bytes = 0

    def _check(self, packed: int) -> None:
        check_limit("files in the document", len(self._infos), self._limits.entries)
        seen: set[str] = set()
        total = 0
        for info in self._infos:
            name = info.filename
            if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
                raise refused(f"an entry of the archive leaves its folder: {name[:80]!r}")
            if name in seen:
                raise refused(f"two entries of the archive have one name: {name[:80]!r}")
            seen.add(name)
            if info.flag_bits & _ENCRYPTED:
                raise refused("the document is encrypted: save it without a password")
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise refused(f"an entry of the archive is packed in a rare way: {name[:80]!r}")
            total += info.file_size
        check_limit("unpacked bytes", total, self._limits.unpacked_bytes)
        if total > _SMALL:
            check_limit("times larger when unpacked", total // packed, self._limits.ratio)

    def names(self) -> list[str]:
        """Names of all entries, in the archive's order."""
        return [info.filename for info in self._infos if info.filename not in self._dropped]

    def read(self, name: str) -> bytes:
        """The bytes of an entry.

        Raises:
            InvalidArgument: there is none, or it is broken.
        """
        try:
            # Reads no more than the directory says, and checks the sum.
            return self._archive.read(name)
        except KeyError as error:
            raise refused(f"the document lacks {name[:80]!r}") from error
        except _BROKEN as error:
            raise refused(f"the document is broken at {name[:80]!r}: {error}") from error

    def tree(self, name: str) -> Element:
        """The parsed tree of an entry; changes to it are written.

        Raises:
            InvalidArgument: it is missing, broken, no XML, or the parsed ones are too large.
        """
        if name not in self._trees:
            data = self.read(name)
            self._parsed_bytes += len(data)
            check_limit("bytes of XML", self._parsed_bytes, self._limits.xml_bytes)
            self._trees[name] = parse_xml(data, name)
        return self._trees[name]

    def drop(self, name: str) -> None:
        """Leave an entry out when writing."""
        self._dropped.add(name)

    def write(self) -> bytes:
        """The archive, entries in their order and packed as they were."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for info in self._infos:
                if info.filename in self._dropped:
                    continue
                copy = zipfile.ZipInfo(info.filename, info.date_time)
                copy.compress_type = info.compress_type
                copy.external_attr = info.external_attr
                tree = self._trees.get(info.filename)
                archive.writestr(
                    copy, self.read(info.filename) if tree is None else write_xml(tree)
                )
        return buffer.getvalue()
