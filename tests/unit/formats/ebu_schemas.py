"""The EBU's XML Schemas of EBU-TT, mended so that they load (informative XSD of 2016)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any


def load_schema(schemas: Path, name: str, folder: Path) -> Any:
    """A schema of the EBU.

    Args:
        schemas: Where they are.
        name: Of its file.
        folder: Where the mended ones go.
    """
    import xmlschema

    xml_import = (
        '<xs:import namespace="http://www.w3.org/XML/1998/namespace" schemaLocation="xml.xsd"/>'
    )
    for file in schemas.glob("*.xsd"):
        text = file.read_text(encoding="utf-8")
        text = text.replace('<?xml version="1.1"', '<?xml version="1.0"')
        text = re.sub(r"<xs:import[^>]*XML/1998/namespace[^>]*/>", "", text)
        if file.name != "xml.xsd":
            text = re.sub(r"(<xs:schema[^>]*>)", rf"\1{xml_import}", text, count=1)
        text = text.replace('name="ttd"', 'name="tt"')
        (folder / file.name).write_text(text, encoding="utf-8")
    return xmlschema.XMLSchema11(str(folder / name))
