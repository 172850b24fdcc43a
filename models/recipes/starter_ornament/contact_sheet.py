"""A sheet of 24 ornaments over motifs, layouts and colours, to look at.

python -m models.recipes.starter_ornament.contact_sheet --out sheet.png
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from PIL import Image

from models.recipes.starter_ornament.ornament import Ornament

COLUMNS: Final = 6

SHEET: Final = (
    Ornament("qoshqar_muiz", "rosette", "kok", "altyn", "aq", "plain", 103),
    Ornament("qoshqar_muiz", "band", "qyzyl", "aq", "qara", "felt", 106),
    Ornament("qos_muiz", "tile", "aq", "kok", "qyzyl", "plain", 5),
    Ornament("synar_muiz", "rosette", "jasyl", "aq", "altyn", "plain", 3),
    Ornament("tuye_taban", "band", "kureng", "altyn", "aq", "plain", 106),
    Ornament("qus_qanaty", "single", "kok", "altyn", "aq", "plain", 4),
    Ornament("botagoz", "tile", "qyzyl", "sary", "qara", "weave", 7),
    Ornament("gul", "rosette", "aq", "qyzyl", "jasyl", "plain", 8),
    Ornament("qyzgaldaq", "band", "jasyl", "aq", "qyzyl", "plain", 9),
    Ornament("ush_japyraq", "rosette", "kogildir", "aq", "kok", "felt", 10),
    Ornament("agash", "single", "aq", "jasyl", "altyn", "plain", 113),
    Ornament("kun", "single", "kogildir", "sary", "aq", "plain", 12),
    Ornament("ai", "rosette", "qara", "altyn", "aq", "plain", 13),
    Ornament("juldyz", "tile", "aq", "kok", "altyn", "plain", 14),
    Ornament("su", "band", "kok", "aq", "kogildir", "plain", 15),
    Ornament("tumar", "rosette", "qyzyl", "altyn", "qara", "felt", 16),
    Ornament("shanyraq", "single", "kogildir", "sary", "aq", "plain", 17),
    Ornament("balta", "band", "aq", "qara", "qyzyl", "plain", 18),
    Ornament("qoshqar_muiz", "frame", "kok", "altyn", "aq", "plain", 19),
    Ornament("qoshqar_muiz", "tile", "qonyr", "aq", "qyzgylt_sary", "felt", 20),
    Ornament("qos_muiz", "rosette", "aq", "kureng", "altyn", "weave", 21),
    Ornament("gul", "frame", "aq", "jasyl", "qyzyl", "plain", 22),
    Ornament("synar_muiz", "tile", "qara", "sur", "qyzyl", "felt", 23),
    Ornament("kun", "rosette", "kureng", "sary", "kogildir", "plain", 24),
)


def contact_sheet(pixels: int) -> Image.Image:
    """The 24 ornaments, each ``pixels`` wide and high, with a narrow space between."""
    space = max(2, pixels // 32)
    rows = -(-len(SHEET) // COLUMNS)
    sheet = Image.new(
        "RGB", (COLUMNS * (pixels + space) + space, rows * (pixels + space) + space), "#ffffff"
    )
    for index, ornament in enumerate(SHEET):
        row, column = divmod(index, COLUMNS)
        sheet.paste(
            ornament.draw(pixels),
            (space + column * (pixels + space), space + row * (pixels + space)),
        )
    return sheet


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pixels", type=int, default=240)
    options = parser.parse_args()
    contact_sheet(options.pixels).save(options.out, optimize=True)


if __name__ == "__main__":
    main()
