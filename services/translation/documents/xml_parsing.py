"""XML from strangers: parsed without entities, DTDs or network, written without surprises."""

from __future__ import annotations

import re
from typing import Any, Final, TypeAlias

from services.translation.documents.limits import refused

Element: TypeAlias = Any
"""An lxml element; lxml is imported where it is used, for it takes time."""

XML: Final = "{http://www.w3.org/XML/1998/namespace}"
_NO_XML: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def parse_xml(data: bytes, name: str) -> Element:
    """The tree of a part called ``name``.

    Raises:
        InvalidArgument: it is no well-formed XML, declares a document type, or nests too deeply.
    """
    from lxml import etree

    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise refused(f"{name} is not well-formed XML: {error}") from error
    tree = root.getroottree()
    if tree.docinfo.internalDTD is not None:
        raise refused(f"{name} declares a document type, which this format has no use for")
    return tree


def write_xml(tree: Element) -> bytes:
    """The tree as UTF-8."""
    from lxml import etree

    alone = True if tree.docinfo.standalone else None
    written: bytes = etree.tostring(tree, xml_declaration=True, encoding="UTF-8", standalone=alone)
    return written


def clean(text: str) -> str:
    """Without characters that XML cannot hold; what was half a character becomes U+FFFD."""
    return _NO_XML.sub(_replacement, text).replace("\r", " ")


def _replacement(found: re.Match[str]) -> str:
    return "\ufffd" if found[0] >= "\ud800" else ""


Look: TypeAlias = tuple[Any, ...]
"""What an element says, comparable."""


def look(element: Element) -> Look:
    """Equal for elements that say the same; what is no element in them says nothing.

    Not by canonical XML: lxml 6.1 dies of a processing instruction that it is asked to write so.
    """
    children = (child for child in element if isinstance(child.tag, str))
    return (
        element.tag,
        tuple(sorted(element.attrib.items())),
        (element.text or "").strip(),
        *map(look, children),
    )


def empty_copy(element: Element) -> Element:
    """The element with its attributes, without text and children."""
    from lxml import etree

    return etree.Element(element.tag, attrib=dict(element.attrib), nsmap=element.nsmap)


def detach(element: Element) -> Element:
    """Take an element out of its parent, leaving the text behind it where it is not wanted."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)
    element.tail = None
    return element


def order_pairs(holder: Element, pairs: dict[str, str], key: str) -> None:
    """See that an end which comes before its start comes right after it.

    Args:
        holder: the element in which both may stand.
        pairs: the tag of each end, and that of its start.
        key: the attribute that both have in common.
    """
    started: set[tuple[str, str]] = set()
    early: dict[tuple[str, str], Element] = {}
    starts = set(pairs.values())
    for element in list(holder.iter(*starts, *pairs)):
        name = element.get(key, "")
        if element.tag in starts:
            end = early.pop((element.tag, name), None)
            if end is not None:
                element.addnext(detach(end))
            started.add((element.tag, name))
        elif (pairs[element.tag], name) not in started:
            early[pairs[element.tag], name] = element
