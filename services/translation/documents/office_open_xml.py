"""What docx, pptx and xlsx share: parts by content type, macros, signatures, the language."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from typing import Final

from foundation.languages import Language
from services.translation.documents.limits import DocumentLimits, refused
from services.translation.documents.package import Package
from services.translation.documents.places import LANGUAGE_TAGS
from services.translation.documents.xml_parsing import Element

_CONTENT_TYPES: Final = "[Content_Types].xml"
_TYPES: Final = "{http://schemas.openxmlformats.org/package/2006/content-types}"
_RELATIONS: Final = "{http://schemas.openxmlformats.org/package/2006/relationships}"
_DC: Final = "{http://purl.org/dc/elements/1.1/}"
_CORE: Final = "application/vnd.openxmlformats-package.core-properties+xml"
_SIGNATURE: Final = "digital-signature"


class OfficePackage:
    """An Office Open XML package (ECMA-376 part 2)."""

    def __init__(self, data: bytes, limits: DocumentLimits, main: str, what: str) -> None:
        """Open it.

        Args:
            data: the file.
            limits: see ``DocumentLimits``.
            main: the end of the main part's content type, ``document.main+xml`` for example.
            what: the ending that such a document has.

        Raises:
            InvalidArgument: broken, encrypted, of another format, over a limit, or with macros.
        """
        self.package = Package(data, limits)
        names = {name.lower(): name for name in self.package.names()}
        if _CONTENT_TYPES.lower() not in names:
            raise refused(f"the file is a zip archive but no {what} document")
        self._types = self.package.tree(names[_CONTENT_TYPES.lower()]).getroot()
        self.types: dict[str, str] = {}
        defaults = {
            one.get("Extension", "").lower(): one.get("ContentType", "")
            for one in self._types.iter(f"{_TYPES}Default")
        }
        for lower, name in names.items():
            self.types[name] = defaults.get(posixpath.splitext(lower)[1][1:], "")
        for one in self._types.iter(f"{_TYPES}Override"):
            found = names.get(one.get("PartName", "").lstrip("/").lower())
            if found is not None:
                self.types[found] = one.get("ContentType", "")
        kinds = list(self.types.values())
        if any("macroenabled" in kind.lower() or "vbaproject" in kind.lower() for kind in kinds):
            raise refused("the document holds macros: save it without them")
        if not any(kind.endswith(main) for kind in kinds):
            raise refused(f"the file is no {what} document, whatever its ending says")
        self._drop_signatures()
        self._properties = [root for _, root in self.parts(_CORE)]

    def parts(self, *endings: str) -> Iterator[tuple[str, Element]]:
        """Name and root of each part whose content type ends so, in the archive's order."""
        for name, kind in self.types.items():
            if kind.endswith(endings):
                yield name, self.package.tree(name).getroot()

    def say_language(self, target: Language) -> None:
        """Write it in the document's properties."""
        for root in self._properties:
            said = root.find(f"{_DC}language")
            if said is None:
                said = root.makeelement(f"{_DC}language")
                root.append(said)
            said.text = LANGUAGE_TAGS[target]

    def _drop_signatures(self) -> None:
        """A signature does not hold for changed text: it goes, with all that refers to it."""
        signed = [name for name, kind in self.types.items() if _SIGNATURE in kind]
        for name in signed:
            self.package.drop(name)
            relations = posixpath.join(
                posixpath.dirname(name), "_rels", posixpath.basename(name) + ".rels"
            )
            self.package.drop(relations)
        if not signed:
            return
        for override in list(self._types.iter(f"{_TYPES}Override")):
            if _SIGNATURE in override.get("ContentType", ""):
                self._types.remove(override)
        if "_rels/.rels" in self.types:
            root = self.package.tree("_rels/.rels").getroot()
            for relation in list(root.iter(f"{_RELATIONS}Relationship")):
                if _SIGNATURE in relation.get("Type", ""):
                    root.remove(relation)
