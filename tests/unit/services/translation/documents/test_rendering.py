"""LibreOffice, where there is one, opens what is written and shows the translation."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.services.translation.documents import samples
from tests.unit.services.translation.documents.helpers import through
from tests.unit.services.translation.documents.other_samples import odt

SOFFICE = shutil.which("soffice")


@pytest.mark.slow
@pytest.mark.skipif(SOFFICE is None, reason="no LibreOffice here")
@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("docx", ["Jyldyq esep", "bızdıñ saitta", "Örıstegı mätın", "eskertu", "kolontitul"]),
        ("odt", ["qalyñ", "sılteme", "Eskertu mätını", "Kolontitul"]),
        ("pptx", ["Jospar jäne nätije", "Ūiaşyq 10", "Toptağy mätın"]),
        ("xlsx", ["Almaty", "mañyzdy", "4800000"]),
    ],
)
def test_libreoffice_shows_the_translation(kind: str, shown: list[str], tmp_path: Path) -> None:
    import pdfplumber

    data = odt() if kind == "odt" else getattr(samples, kind)()
    (tmp_path / f"a.{kind}").write_bytes(through(data, f"a.{kind}"))
    subprocess.run(
        [
            str(SOFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            *("--headless", "--convert-to", "pdf", "--outdir", str(tmp_path)),
            str(tmp_path / f"a.{kind}"),
        ],
        check=True,
        capture_output=True,
        timeout=110,
    )
    with pdfplumber.open(tmp_path / "a.pdf") as document:
        text = "\n".join(page.extract_text() for page in document.pages)
    for words in shown:
        assert words in text
