"""A sheet of 24 ornaments of the model, as the engine draws them: motifs, colours, layouts.

python -m models.recipes.starter_ornament.training.sheet --folder FOLDER --out sheet.jpg
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Final

from PIL import Image

from foundation.images import ImageRequest
from models.catalogue import load_catalogue
from models.engines.base import CallContext, EngineOptions
from models.engines.diffusers_images import DiffusersEngine

COLUMNS: Final = 6
MODEL: Final = "starter-ornament"

PROMPTS: Final = (
    "қошқар мүйіз, көк және алтын",
    "қошқар мүйіз, ақ және қызыл, жақтау",
    "бараний рог, белый и синий, бордюр",
    "қос мүйіз, алтын және күрең",
    "сыңар мүйіз, ақ және жасыл",
    "верблюжий след, золотой и бордовый, бордюр",
    "bird's wings, gold and blue, medallion",
    "ботагөз, сары және қызыл",
    "flower, red on white",
    "қызғалдақ, қызыл және ақ, жиек",
    "трилистник, белый узор на голубом фоне, розетка",
    "tree of life, green and white, single motif",
    "күн, сары және көк",
    "sun, yellow on sky blue, medallion",
    "полумесяц, золотой и чёрный, розетка",
    "жұлдыз, көк және ақ",
    "волны, белый и голубой",
    "су, ақ және көк, жиек",
    "тұмар, алтын және қызыл, розетка",
    "шаңырақ, сары және көгілдір, медальон",
    "yurt crown, white and brown",
    "секира, чёрный и белый, рамка",
    "гүл, жасыл және ақ, жақтау",
    "ram's horn, black and orange, frame",
)


def contact_sheet(folder: Path, pixels: int) -> Image.Image:
    """The 24 pictures, each ``pixels`` wide and high, with a narrow space between."""
    card = load_catalogue().get(MODEL)
    engine = DiffusersEngine.open(
        folder, EngineOptions(languages=card.languages, settings=card.settings)
    )
    space = max(2, pixels // 32)
    rows = -(-len(PROMPTS) // COLUMNS)
    sheet = Image.new(
        "RGB", (COLUMNS * (pixels + space) + space, rows * (pixels + space) + space), "#ffffff"
    )
    for index, prompt in enumerate(PROMPTS):
        request = ImageRequest(prompt, width=pixels, height=pixels, seed=7)
        drawn = engine.generate(request, CallContext())
        row, column = divmod(index, COLUMNS)
        sheet.paste(
            Image.fromarray(drawn.pictures[0]),
            (space + column * (pixels + space), space + row * (pixels + space)),
        )
    return sheet


def main() -> None:
    """Write the sheet."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--pixels", type=int, default=240)
    options = parser.parse_args()
    contact_sheet(options.folder, options.pixels).save(options.out, quality=88)


if __name__ == "__main__":
    main()
