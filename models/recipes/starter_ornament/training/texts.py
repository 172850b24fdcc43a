"""Prompts as people write them, with the attributes that each says."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from models.recipes.starter_ornament.captions import LANGUAGES, Language, wording
from models.recipes.starter_ornament.palette import schemes
from models.recipes.starter_ornament.training.train_denoiser import (
    COLOUR_NAMES,
    MOTIF_NAMES,
    SIZES,
)
from models.styles import load_styles, styled_prompt
from models.styles.library import Style

_FILE: Final = Path(__file__).with_name("prompts.toml")
_LAYOUTS: Final = ("tile", "single", "band", "rosette", "frame")
_CHANCES: Final = (0.5, 0.13, 0.13, 0.08, 0.16)
_STYLED: Final = {"aishyq": "ai"}
"""Styles of the library that are motifs here under another name."""


@cache
def words() -> dict[str, Any]:
    """The file's tables."""
    return tomllib.loads(_FILE.read_text(encoding="utf-8"))


@cache
def _styles() -> tuple[dict[str, Style], list[Style]]:
    """Styles that are motifs of ours, and all the others."""
    ours, others = {}, []
    for name, style in load_styles().items():
        motif = _STYLED.get(name, name)
        if motif in MOTIF_NAMES:
            ours[motif] = style
        else:
            others.append(style)
    return ours, others


def prompt(rng: np.random.Generator) -> tuple[str, list[int]]:
    """A prompt and its attributes, by ``SIZES``; what it does not say is the last of each."""
    if rng.random() < 0.03:
        return "", list(SIZES)
    language = LANGUAGES[int(rng.integers(3))]
    motif = MOTIF_NAMES[int(rng.integers(len(MOTIF_NAMES)))]
    layout = _LAYOUTS[int(rng.choice(len(_LAYOUTS), p=_CHANCES))]
    scheme = schemes()[int(rng.integers(len(schemes())))]
    return written(rng, language, motif, layout, scheme)


def written(
    rng: np.random.Generator,
    language: Language,
    motif: str,
    layout: str,
    scheme: tuple[str, str, str],
) -> tuple[str, list[int]]:
    """A prompt in the language that asks for this."""
    table = words()
    form = _one(rng, table["forms"][language])
    name = _one(rng, wording()["motifs"][motif][language])
    ground, figure, accent = scheme
    said = [MOTIF_NAMES.index(motif), 0, *SIZES[2:]]
    for place, letters, colour in ((2, "f", figure), (3, "gp", ground), (4, "a", accent)):
        if any("{" + letter + "}" in form for letter in letters):
            said[place] = COLOUR_NAMES.index(colour)
    ours, others = _styles()
    style: Style | None = None
    lot = rng.random()
    if lot < 0.1 and motif in ours:
        style = ours[motif]
        # The style's words name the motif; what was asked may not.
        if rng.random() < 0.5:
            name = _one(rng, ["", _one(rng, table["words"][language])])
    elif lot < 0.28:
        style = others[int(rng.integers(len(others)))]
    if style is None and rng.random() < 0.05:
        name, said[0] = _one(rng, table["words"][language]), SIZES[0]
    text = form.format(
        m=name,
        f=_colour(rng, language, figure),
        g=_colour(rng, language, ground),
        a=_colour(rng, language, accent),
        p=table["colours"]["ru"][ground][4] if language == "ru" else "",
    )
    where = _one(rng, table["layouts"][language][layout])
    extra = [where] if where else []
    if rng.random() < 0.25:
        extra.insert(int(rng.integers(len(extra) + 1)), _one(rng, table["words"][language]))
    for one in extra:
        lot = rng.random()
        if lot < 0.25:
            text = f"{one}, {text}"
        elif lot < 0.35:
            text = f"{one} {text}"
        else:
            text = f"{text}{_one(rng, [', ', ', ', ' '])}{one}"
    text = ", ".join(part.strip() for part in text.split(",") if part.strip())
    if style is not None:
        text = styled_prompt(text, style, language)
    return _roughened(rng, text, language), said


def _one(rng: np.random.Generator, choices: list[str]) -> str:
    return choices[int(rng.integers(len(choices)))]


def _colour(rng: np.random.Generator, language: str, colour: str) -> str:
    forms = words()["colours"][language][colour]
    return _one(rng, forms[:4] if language == "ru" else forms)


def _roughened(rng: np.random.Generator, text: str, language: str) -> str:
    """As it is typed: now and then without ё, or with a letter lost."""
    if language == "ru" and rng.random() < 0.4:
        text = text.replace("ё", "е")
    if rng.random() < 0.05 and len(text) > 12:
        place = int(rng.integers(len(text)))
        text = text[:place] + text[place + 1 :]
    if rng.random() < 0.1:
        text = text.replace(",", "")
    return text
