"""Captions of ornaments in Kazakh, Russian and English, for training and for tests.

Words vary, order varies, and what a person may leave out of a prompt is left out at times, but a
caption never says what the picture does not show. Colours are named figure first, as in "қошқар
мүйіз, көк және алтын": a blue horn on gold.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from models.recipes.starter_ornament.ornament import Ornament
from models.recipes.starter_ornament.palette import Colour, colours

Language = Literal["kk", "ru", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("kk", "ru", "en")
_FILE: Final = Path(__file__).with_name("wording.toml")

Wording = Mapping[str, Mapping[str, Mapping[str, list[str]]]]


@cache
def wording() -> Wording:
    """The words by kind (``motifs``, ``layouts``, ``textures``), name and language."""
    words: Wording = tomllib.loads(_FILE.read_text(encoding="utf-8"))
    return words


def caption(ornament: Ornament, language: Language, rng: np.random.Generator) -> str:
    """A caption in the language; equal generators give equal captions."""
    motif = _one(rng, wording()["motifs"][ornament.motif][language])
    parts = [motif, _colour_phrase(ornament, language, rng)]
    layout = _one(rng, wording()["layouts"][ornament.layout][language])
    texture = _one(rng, wording()["textures"][ornament.texture][language])
    extra = [words for words in (layout, texture) if words and rng.random() < 0.85]
    if rng.random() < 0.5:
        extra.reverse()
    parts += extra
    if rng.random() < 0.25:
        parts.append(
            {"kk": "қазақ ою-өрнегі", "ru": "казахский орнамент", "en": "Kazakh ornament"}[language]
        )
    # The motif mostly comes first; now and then another part does.
    if rng.random() < 0.2:
        first = int(rng.integers(len(parts)))
        parts = [parts[first], *parts[:first], *parts[first + 1 :]]
    return ", ".join(part for part in parts if part)


def _one(rng: np.random.Generator, words: list[str]) -> str:
    return words[int(rng.integers(len(words)))]


def _colour_phrase(ornament: Ornament, language: Language, rng: np.random.Generator) -> str:
    figure, ground, accent = (
        colours()[name] for name in (ornament.figure, ornament.ground, ornament.accent)
    )
    kind = int(rng.integers(4))
    if kind == 0:
        return ""
    joined = _joined(language, figure, ground, accent)
    return joined[kind - 1]


def _joined(language: Language, figure: Colour, ground: Colour, accent: Colour) -> list[str]:
    """Two colours; figure on ground; all three."""
    if language == "kk":
        return [
            f"{figure.kk} және {ground.kk}",
            f"{ground.kk} фонда {figure.kk} өрнек",
            f"{ground.kk} фонда {figure.kk} өрнек, {accent.kk} әшекей",
        ]
    if language == "ru":
        return [
            f"{figure.ru[0]} и {ground.ru[0]}",
            f"{figure.ru[0]} узор на {ground.ru[1]} фоне",
            f"{figure.ru[0]} узор на {ground.ru[1]} фоне, {accent.ru[0]} акцент",
        ]
    return [
        f"{figure.en} and {ground.en}",
        f"{figure.en} on {ground.en}",
        f"{figure.en} on a {ground.en} ground with {accent.en} accents",
    ]
