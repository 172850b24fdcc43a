"""What a model's card may set for this engine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final

from foundation.errors import FailedPrecondition
from foundation.languages import LANGUAGES

SENTENCE: Final = "{sentence}"
"""Stands for the pieces of the text in ``source``."""

_NLLB_CODES: Final = {"kk": "kaz_Cyrl", "ru": "rus_Cyrl", "en": "eng_Latn"}
_MARIAN_CODES: Final = {"kk": "kaz", "ru": "rus", "en": "eng"}
_PLAIN_CODES: Final = {"kk": "kk", "ru": "ru", "en": "en"}


@dataclass(frozen=True, slots=True)
class TranslationSettings:
    """``[models.settings]`` of a card whose engine is ``ctranslate2-translation``.

    In templates ``{source}`` and ``{target}`` stand for the model's codes of the two languages.
    """

    family: str
    """``m2m100``, ``nllb`` (Tilmash too), ``marian`` or ``t5`` (MADLAD too): sets the others."""

    codes: Mapping[str, str]
    """Language → the model's own code for it."""

    source: tuple[str, ...]
    """Tokens that the encoder reads, in order; ``{sentence}`` stands for the pieces of the text.
    A Marian model of several targets wants ``[">>{target}<<", "{sentence}", "</s>"]``."""

    target: tuple[str, ...]
    """Tokens that every translation begins with and that are no part of its text."""

    prompt: str
    """The text that is cut into pieces, ``{sentence}`` among it: ``<2{target}> {sentence}`` for
    MADLAD."""

    placeholders: str | None = None
    """The style of placeholders that the model copies; see ``TranslationCapabilities``."""

    max_tokens: int | None = None
    """Tokens of a sentence that the model reads, and that it writes; None: what its checkpoint
    says, or 512."""

    expansion: float = 3.0
    """A translation of more than so many tokens for each of the sentence's (and 16 more) is a
    loop."""

    patience: float = 1.0
    """The search of a beam stops when beam times patience hypotheses have ended. With small
    vocabularies, and in models that have seen little, many end early, and the stumps win: 2 helps,
    and costs time."""


_FAMILIES: Final[Mapping[str, TranslationSettings]] = {
    "m2m100": TranslationSettings(
        "m2m100",
        _PLAIN_CODES,
        source=("__{source}__", SENTENCE, "</s>"),
        target=("__{target}__",),
        prompt=SENTENCE,
    ),
    "nllb": TranslationSettings(
        "nllb",
        _NLLB_CODES,
        source=("{source}", SENTENCE, "</s>"),
        target=("{target}",),
        prompt=SENTENCE,
    ),
    "marian": TranslationSettings(
        "marian", _MARIAN_CODES, source=(SENTENCE, "</s>"), target=(), prompt=SENTENCE
    ),
    "t5": TranslationSettings(
        "t5", _PLAIN_CODES, source=(SENTENCE, "</s>"), target=(), prompt=SENTENCE
    ),
}


def read_settings(values: Mapping[str, Any]) -> TranslationSettings:
    """Check a card's settings.

    Raises:
        FailedPrecondition: one is missing, unknown or of a wrong value; names it.
    """
    known = [field.name for field in fields(TranslationSettings)]
    for name in sorted(set(values) - set(known)):
        raise FailedPrecondition(f"settings.{name} is not one of {', '.join(known)}")
    family = str(values.get("family", ""))
    plain = _FAMILIES.get(family)
    if plain is None:
        raise _wrong("family", family, f"one of {', '.join(_FAMILIES)}")
    return TranslationSettings(
        family,
        codes={**plain.codes, **_codes(values.get("codes", {}))},
        source=_tokens("source", values.get("source", plain.source), needs_sentence=True),
        target=_tokens("target", values.get("target", plain.target), needs_sentence=False),
        prompt=_prompt(values.get("prompt", plain.prompt)),
        placeholders=_placeholders(values.get("placeholders")),
        max_tokens=_max_tokens(values.get("max_tokens")),
        expansion=_number("expansion", values.get("expansion", plain.expansion), 100),
        patience=_number("patience", values.get("patience", plain.patience), 4),
    )


def _wrong(name: str, value: Any, wanted: str) -> FailedPrecondition:
    return FailedPrecondition(f"settings.{name}: {value!r} is not {wanted}")


def _codes(value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(code, str) for code in value.values()):
        raise _wrong("codes", value, "a table of language = code")
    for language in set(value) - set(LANGUAGES):
        raise _wrong("codes", language, f"one of {', '.join(LANGUAGES)}")
    return dict(value)


def _tokens(name: str, value: Any, *, needs_sentence: bool) -> tuple[str, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(part, str) for part in value):
        raise _wrong(name, value, "a list of tokens")
    if list(value).count(SENTENCE) != int(needs_sentence):
        raise _wrong(name, value, f"a list with {'one' if needs_sentence else 'no'} {SENTENCE}")
    for part in value:
        if part != SENTENCE:
            _check_template(name, part)
    return tuple(value)


def _prompt(value: Any) -> str:
    if not isinstance(value, str) or value.count(SENTENCE) != 1:
        raise _wrong("prompt", value, f"a text with one {SENTENCE}")
    _check_template("prompt", value.replace(SENTENCE, ""))
    return value


def _check_template(name: str, template: str) -> None:
    if any(mark in fill(template, "", "") for mark in "{}"):
        raise _wrong(name, template, "a template of {source} and {target} alone")


def _placeholders(value: Any) -> str | None:
    if value is not None and (not isinstance(value, str) or not value):
        raise _wrong("placeholders", value, "a style's name")
    return value


def _max_tokens(value: Any) -> int | None:
    # bool is an int to Python.
    if value is not None and (type(value) is not int or not 16 <= value <= 1 << 16):
        raise _wrong("max_tokens", value, "16..65536")
    return value


def _number(name: str, value: Any, most: int) -> float:
    if type(value) not in (int, float) or not 1 <= value <= most:
        raise _wrong(name, value, f"1..{most}")
    return float(value)


def fill(template: str, source: str, target: str) -> str:
    """Put the codes of two languages into a template."""
    return template.replace("{source}", source).replace("{target}", target)
