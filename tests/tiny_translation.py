"""A translation model in CTranslate2's real format, made by hand in a moment and without torch.

It translates word for word between three languages. Its weights are one-hot: the decoder's
self-attention finds the language token, its cross-attention the source's token of the same place,
and its feed-forward network the word of that language and meaning. So scores, beams, attention,
forced prefixes, unknown words and loops are CTranslate2's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import permutations
from pathlib import Path
from typing import Any, Final

import ctranslate2
import numpy as np
import numpy.typing as npt
import sentencepiece

from foundation.languages import LANGUAGES, Language
from models.catalogue import ModelCard, ModelFile

MEANINGS: Final[tuple[dict[Language, str], ...]] = (
    {"kk": "мен", "ru": "я", "en": "i"},
    {"kk": "көремін", "ru": "вижу", "en": "see"},
    {"kk": "үлкен", "ru": "большой", "en": "big"},
    {"kk": "кіші", "ru": "малый", "en": "small"},
    {"kk": "үй", "ru": "дом", "en": "house"},
    {"kk": "кітап", "ru": "книга", "en": "book"},
    {"kk": "нан", "ru": "хлеб", "en": "bread"},
    {"kk": "су", "ru": "вода", "en": "water"},
    {"kk": "жақсы", "ru": "хорошо", "en": "good"},
    {"kk": "тағы", "ru": "ещё", "en": "again"},
)
SYNONYMS: Final = {"дом": "здание", "house": "building"}
"""The model's second choice."""

ENDLESS: Final = MEANINGS[-1]
"""Once the model has said this word it would say it for ever."""

POSITIONS: Final = 64
FILES: Final = ("model.bin", "config.json", "shared_vocabulary.json", "sentencepiece.bpe.model")
SETTINGS: Final = {"family": "m2m100", "placeholders": "percent"}

_SPECIAL: Final = ("<s>", "<pad>", "</s>", "<unk>")
_END: Final = len(MEANINGS)
_UNKNOWN: Final = _END + 1
_SHARP: Final = 60.0
_SURE: Final = 12.0

Matrix = npt.NDArray[np.float32]


def word_for_word(sentence: str, target: Language) -> str:
    """What the model makes of a sentence; words that it does not know stay."""
    known = {word: meaning for meaning in MEANINGS for word in meaning.values()}
    return " ".join(known[w][target] if w in known else w for w in sentence.split())


def tiny_card(**changes: Any) -> ModelCard:
    """The catalogue's entry of the model; it has no source."""
    fields: dict[str, Any] = {
        "id": "tiny-translation",
        "display_name": "Tiny translation",
        "task": "translation",
        "languages": LANGUAGES,
        "engine": "ctranslate2-translation",
        "license": "CC0-1.0",
        "commercial_use": True,
        "size_bytes": 1 << 20,
        "files": tuple(map(ModelFile, FILES)),
        "sources": (),
        "settings": SETTINGS,
    }
    return ModelCard(**{**fields, **changes})


def write_model(folder: Path) -> Path:
    """Write the model's files into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = list(_SPECIAL)
    # A processor without VNNI adds the products of two neighbouring int8 weights in 16 bits, which
    # two of full size overflow. So no row may have neighbours: a language's words stand together.
    for code in LANGUAGES:
        vocabulary += [f"__{code}__", *(f"▁{meaning[code]}" for meaning in MEANINGS)]
    vocabulary += [f"▁{word}" for word in SYNONYMS.values()]
    _write_pieces(folder, [token[1:] for token in vocabulary if token.startswith("▁")])
    spec = _Weights(vocabulary).spec()
    spec.register_source_vocabulary(vocabulary)
    spec.register_target_vocabulary(vocabulary)
    spec.config.bos_token, spec.config.eos_token = "<s>", "</s>"
    spec.config.unk_token, spec.config.decoder_start_token = "<unk>", "</s>"
    spec.config.add_attribute("max_position_embeddings", POSITIONS)
    spec.config.add_attribute("quantization", "float32")
    spec.validate()
    spec.save(str(folder))
    return folder


def _write_pieces(folder: Path, words: Iterable[str]) -> None:
    with (folder / "sentencepiece.bpe.model").open("wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(words),
            model_writer=out,
            model_type="word",
            vocab_size=len(list(words)) + 3,
            minloglevel=2,
        )


class _Weights:
    """One encoder layer that does nothing, and one decoder layer.

    The vector of a token is parted into: the token, its place, the language wanted, the meaning of
    the source's token, and the token to be said.
    """

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self.vocabulary = {token: number for number, token in enumerate(vocabulary)}
        count = len(vocabulary)
        parts = np.cumsum([0, count, POSITIONS, len(LANGUAGES), _UNKNOWN + 1, count])
        self.token, self.place, self.language, self.meaning, self.said, self.width = map(int, parts)

    def spec(self) -> Any:
        spec = ctranslate2.specs.TransformerSpec.from_config(1, 1)
        embeddings = self._zeros(len(self.vocabulary), self.width)
        embeddings[:, self.token : self.place] = np.eye(len(self.vocabulary))
        places = self._zeros(POSITIONS, self.width)
        places[:, self.place : self.language] = np.eye(POSITIONS)
        for side, table in (
            (spec.encoder, spec.encoder.embeddings[0]),
            (spec.decoder, spec.decoder.embeddings),
        ):
            side.scale_embeddings = False
            side.position_encodings.encodings = places
            table.weight = embeddings
        encoder, decoder = spec.encoder.layer[0], spec.decoder.layer[0]
        self._attention(encoder.self_attention, 2)
        self._network(encoder.ffn, 2)
        self._norm(spec.encoder.layer_norm, 2)
        query, key, value = self._language()
        self._attention(decoder.self_attention, 2, query, key, value)
        decoder.self_attention.linear[0].bias[0] = _SHARP
        query, key, value = self._same_place()
        self._attention(decoder.attention, 3, query, key, value)
        self._network(decoder.ffn, 4, *self._dictionary())
        self._norm(spec.decoder.layer_norm, 5)
        said = self._zeros(len(self.vocabulary), self.width)
        said[:, self.said : self.width] = _SURE * np.eye(len(self.vocabulary))
        spec.decoder.projection.weight = said
        return spec

    def _language(self) -> tuple[Matrix, Matrix, Matrix]:
        """From every place (the query is a bias) to the language token, whose language is taken."""
        query, key, value = (self._zeros(self.width, self.width) for _ in range(3))
        for number, code in enumerate(LANGUAGES):
            token = self.token + self.vocabulary[f"__{code}__"]
            key[0, token] = np.sqrt(self.width)
            value[self.language + number, token] = 1
        return query, key, value

    def _same_place(self) -> tuple[Matrix, Matrix, Matrix]:
        """From each place to the same of the source, whose token's meaning is taken."""
        query, key, value = (self._zeros(self.width, self.width) for _ in range(3))
        for number in range(POSITIONS):
            query[number, self.place + number] = _SHARP
            key[number, self.place + number] = np.sqrt(self.width)
        for meaning, words in enumerate(MEANINGS):
            for word in words.values():
                value[self.meaning + meaning, self.vocabulary[f"▁{word}"]] = 1
        value[self.meaning + _END, self.vocabulary["</s>"]] = 1
        value[self.meaning + _UNKNOWN, self.vocabulary["<unk>"]] = 1
        return query, key, value

    def _dictionary(self) -> tuple[Matrix, Matrix, Matrix]:
        """A hidden unit for each meaning in each language, and for each endless word."""
        units = [(meaning, language) for language in range(3) for meaning in range(_UNKNOWN + 1)]
        count = len(units) + len(LANGUAGES)
        first, bias = self._zeros(count, self.width), self._zeros(count)
        second = self._zeros(self.width, count)
        for unit, (meaning, language) in enumerate(units):
            first[unit, [self.meaning + meaning, self.language + language]] = 1
            bias[unit] = -1
            word = self._word(meaning, LANGUAGES[language])
            second[self.said + self.vocabulary[word], unit] = 1
            synonym = f"▁{SYNONYMS.get(word.removeprefix('▁'))}"
            if synonym in self.vocabulary:
                second[self.said + self.vocabulary[synonym], unit] = 0.9
        for unit, word in enumerate(ENDLESS.values(), len(units)):
            first[unit, self.vocabulary[f"▁{word}"]] = 1
            second[self.said + self.vocabulary[f"▁{word}"], unit] = 2
        return first, bias, second

    def _word(self, meaning: int, language: Language) -> str:
        if meaning >= _END:
            return "</s>" if meaning == _END else "<unk>"
        return f"▁{MEANINGS[meaning][language]}"

    def _attention(self, spec: Any, ones: int, *weights: Matrix) -> None:
        query, key, value = weights or [self._zeros(self.width, self.width)] * 3
        joined = [query, key, value] if len(spec.linear) == 2 else [key, value]
        if len(spec.linear) == 3:
            spec.linear[0].weight = query
        spec.linear[-2].weight = np.concatenate(joined)
        spec.linear[-1].weight = np.eye(self.width, dtype=np.float32) * float(bool(weights))
        self._norm(spec.layer_norm, ones)
        for linear in spec.linear:
            linear.bias = self._zeros(linear.weight.shape[0])

    def _network(self, spec: Any, ones: int, *weights: Matrix) -> None:
        first, bias, second = weights or (
            self._zeros(1, self.width),
            self._zeros(1),
            self._zeros(self.width, 1),
        )
        spec.linear_0.weight, spec.linear_0.bias = first, bias
        spec.linear_1.weight, spec.linear_1.bias = second, self._zeros(self.width)
        self._norm(spec.layer_norm, ones)

    def _norm(self, spec: Any, ones: int) -> None:
        """The layer normalisation that leaves a vector of so many ones as it is."""
        mean = ones / self.width
        deviation = np.sqrt(mean - mean**2 + 1e-5)
        spec.gamma = np.full(self.width, deviation, np.float32)
        spec.beta = np.full(self.width, mean, np.float32)

    @staticmethod
    def _zeros(*shape: int) -> Matrix:
        return np.zeros(shape, np.float32)


PAIRS: Final = tuple(permutations(LANGUAGES, 2))
