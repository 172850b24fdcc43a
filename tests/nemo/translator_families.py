"""Tiny translation checkpoints of each family, in the layout that transformers publishes.

Trained on the CPU until they translate a closed set of sentences without a fault. Kazakh puts its
verb last, Russian and English before the object, so that aligned words change places. What they
have learnt is kept beside this file; ``tiny_weights`` says how to renew it.
"""

from __future__ import annotations

import itertools
import json
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import sentencepiece
import torch
import transformers

from foundation.languages import LANGUAGES, Language
from foundation.translation import ALL_PAIRS, Pair

SUBJECTS: Final = (
    {"kk": "мұғалім", "ru": "учитель", "en": "the teacher"},
    {"kk": "дәрігер", "ru": "врач", "en": "the doctor"},
    {"kk": "көрші", "ru": "сосед", "en": "the neighbour"},
    {"kk": "ұл", "ru": "мальчик", "en": "the boy"},
)
VERBS: Final = (
    {"kk": "көрді", "ru": "увидел", "en": "saw"},
    {"kk": "алды", "ru": "взял", "en": "took"},
    {"kk": "сатты", "ru": "продал", "en": "sold"},
)
OBJECTS: Final = (
    {"kk": "кітапты", "ru": "книгу", "en": "the book"},
    {"kk": "нанды", "ru": "хлеб", "en": "the bread"},
    {"kk": "хатты", "ru": "письмо", "en": "the letter"},
)
_ORDERS: Final[dict[Language, tuple[int, int, int]]] = {
    "kk": (0, 2, 1),
    "ru": (0, 1, 2),
    "en": (0, 1, 2),
}
_WIDTH: Final = 64
_BATCH: Final = 72
_STEPS: Final = 1200
_KNOWN: Final = (0.003, 0.2)
"""The losses of one who knows every sentence by heart, and where each word came from."""

_NOISE: Final = 0.15

_LONGEST: Final = 64
"""Positions of the checkpoints that have any."""

Sentence = dict[Language, str]


def sentences() -> list[Sentence]:
    """The closed set."""
    found = []
    for parts in itertools.product(SUBJECTS, VERBS, OBJECTS):
        said = {}
        for code in LANGUAGES:
            text = " ".join(parts[place][code] for place in _ORDERS[code])
            said[code] = text[0].upper() + text[1:] + "."
        found.append(said)
    return found


def word_parts(code: Language) -> list[int]:
    """For each word of a sentence which part it is: 0 subject, 1 verb, 2 object."""
    lengths = [len(parts[0][code].split()) for parts in (SUBJECTS, VERBS, OBJECTS)]
    return [part for part in _ORDERS[code] for _ in range(lengths[part])]


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of checkpoint is made, and what its card says."""

    name: str
    pairs: tuple[Pair, ...]
    settings: dict[str, Any]
    files: tuple[str, ...]
    """The converted model's tokenizer."""

    build: Callable[[Path, Family], tuple[Any, Any]]
    """The untrained model, and the tokenizer; writes the tokenizer's files."""

    read: Callable[[Any, str, Pair], list[int]]
    """What the encoder reads."""

    say: Callable[[Any, str, Pair], list[int]]
    """What the decoder is to say."""

    given: int = 0
    """Tokens of it that the decoder is given."""


def build(family: Family, folder: Path) -> None:
    """Train one checkpoint and write it."""
    folder.mkdir(parents=True)
    torch.manual_seed(1)
    random.seed(1)
    torch.set_num_threads(1)
    started = time.monotonic()
    model, tokenizer = family.build(folder, family)
    steps = _train(family, model, tokenizer)
    model.save_pretrained(folder)
    seconds = time.monotonic() - started
    print(f"{family.name}: {steps} steps, {seconds:.0f} s", file=sys.stderr, flush=True)  # noqa: T201


@dataclass(frozen=True, slots=True)
class _Example:
    """One sentence of one pair, as ids; ``parts`` say which part of the sentence a token is of."""

    read: list[int]
    said: list[int]
    read_parts: list[int]
    said_parts: list[int]


def _train(family: Family, model: Any, tokenizer: Any) -> int:
    examples = [
        _example(family, tokenizer, sentence, pair)
        for pair in family.pairs
        for sentence in sentences()
    ]
    model.set_attn_implementation("eager")  # others do not tell the attention
    optimiser = torch.optim.AdamW(model.parameters(), lr=0.0, weight_decay=0.0)
    steps, known = 0, False
    model.train()
    while not known and steps < _STEPS:
        random.shuffle(examples)
        for start in range(0, len(examples), _BATCH):
            steps += 1
            for group in optimiser.param_groups:
                group["lr"] = 3e-3 * min(1.0, steps / 100)
            batch = examples[start : start + _BATCH]
            said, aligned = _losses(model, batch, family.given, noise=_NOISE)
            optimiser.zero_grad()
            (said + 0.3 * aligned).backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimiser.step()
        if steps > 100:
            with torch.no_grad():
                losses = _losses(model, examples, family.given, noise=0.0)
            known = all(float(loss) <= limit for loss, limit in zip(losses, _KNOWN, strict=True))
    assert known, f"{family.name} did not learn its sentences"
    model.eval()
    return steps


def _example(family: Family, tokenizer: Any, sentence: Sentence, pair: Pair) -> _Example:
    source, target = pair
    read = family.read(tokenizer, sentence[source], pair)
    said = family.say(tokenizer, sentence[target], pair)
    return _Example(read, said, _parts(tokenizer, read, source), _parts(tokenizer, said, target))


def _parts(tokenizer: Any, ids: Sequence[int], code: Language) -> list[int]:
    """For each token the part of the sentence that it is of; -1: of none."""
    places = word_parts(code)
    word, parts = -1, []
    for token in tokenizer.convert_ids_to_tokens(ids):
        word += token.startswith("▁")
        special = word < 0 or token in ("</s>", "<pad>") or "_" in token
        parts.append(-1 if special else places[min(word, len(places) - 1)])
    return parts


def _losses(
    model: Any, examples: Sequence[_Example], given: int, *, noise: float
) -> tuple[Any, Any]:
    """Mean losses of what is said, and of where the decoder's last layer but one looks for it.

    With noise some tokens that the decoder is shown are wrong ones, so that it finds its way back;
    else whatever leaves the known path ends at once, and a beam fills with stumps.
    """
    config = model.config
    read = _padded([one.read for one in examples], config.pad_token_id)
    mask = _padded([[1] * len(one.read) for one in examples], 0)
    shown = _padded(
        [[config.decoder_start_token_id, *one.said[:-1]] for one in examples], config.pad_token_id
    )
    wrong = torch.rand(shown.shape) < noise
    wrong[:, : 1 + given] = False
    shown = torch.where(wrong, torch.randint_like(shown, config.vocab_size), shown)
    output = model(
        input_ids=read,
        attention_mask=mask,
        decoder_input_ids=shown,
        # The language token is given: what is read does not tell it.
        labels=_padded([[-100] * given + one.said[given:] for one in examples], -100),
        output_attentions=True,
    )
    read_parts = _padded([one.read_parts for one in examples], -1)
    said_parts = _padded([one.said_parts for one in examples], -1)
    same = (said_parts[:, :, None] == read_parts[:, None, :]).float()
    looked = (output.cross_attentions[-2].mean(1) * same).sum(-1)[said_parts >= 0]
    return output.loss, -torch.log(looked + 1e-6).mean()


def _padded(rows: Sequence[list[int]], filler: int) -> Any:
    width = max(map(len, rows))
    return torch.tensor([row + [filler] * (width - len(row)) for row in rows])


def _pieces(path: Path, texts: Iterable[str], size: int, kind: str, **options: Any) -> None:
    with path.open("wb") as out:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts),
            model_writer=out,
            model_type=kind,
            vocab_size=size,
            hard_vocab_limit=False,
            character_coverage=1.0,
            num_threads=1,
            minloglevel=2,
            **options,
        )


def _texts(*languages: Language) -> list[str]:
    return [sentence[code] for sentence in sentences() for code in languages]


def _write(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), "utf-8")


def _fairseq_model(vocabulary: int) -> Any:
    config = transformers.M2M100Config(
        vocab_size=vocabulary,
        d_model=_WIDTH,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=2 * _WIDTH,
        decoder_ffn_dim=2 * _WIDTH,
        encoder_layerdrop=0.0,
        decoder_layerdrop=0.0,
        dropout=0.0,
        attention_dropout=0.0,
        max_position_embeddings=_LONGEST,
        scale_embedding=True,
        init_std=0.1,
    )
    return transformers.M2M100ForConditionalGeneration(config)


def _m2m100(folder: Path, family: Family) -> tuple[Any, Any]:
    from transformers.models.m2m_100.tokenization_m2m_100 import FAIRSEQ_LANGUAGE_CODES

    path = folder / "sentencepiece.bpe.model"
    _pieces(path, _texts(*LANGUAGES), 160, "bpe")
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(path))
    tokens = ["<s>", "<pad>", "</s>", "<unk>"]
    tokens += [pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size())]
    _write(folder / "vocab.json", {token: number for number, token in enumerate(tokens)})
    # As facebook/m2m100_418M has them.
    special = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
    special |= {"sep_token": "</s>", "pad_token": "<pad>"}
    languages = [f"__{code}__" for code in FAIRSEQ_LANGUAGE_CODES["m2m100"]]
    _write(folder / "special_tokens_map.json", {**special, "additional_special_tokens": languages})
    _write(
        folder / "tokenizer_config.json",
        {
            **special,
            "src_lang": None,
            "tgt_lang": None,
            "language_codes": "m2m100",
            "model_max_length": 1024,
            "num_madeup_words": 8,
            "tokenizer_class": "M2M100Tokenizer",
        },
    )
    tokenizer = transformers.M2M100Tokenizer.from_pretrained(folder)
    return _fairseq_model(len(tokens) + len(languages) + 8), tokenizer


def _nllb(folder: Path, family: Family) -> tuple[Any, Any]:
    from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

    _pieces(folder / "sentencepiece.bpe.model", _texts(*LANGUAGES), 160, "bpe")
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "NllbTokenizer"})
    tokenizer = transformers.NllbTokenizer.from_pretrained(
        folder, extra_special_tokens=list(FAIRSEQ_LANGUAGE_CODES)
    )
    tokenizer.save_pretrained(folder)
    # Two more rows than tokens, as facebook/nllb-200-distilled-600M has.
    return _fairseq_model(len(tokenizer) + 2), tokenizer


def _read_by_language(tokenizer: Any, text: str, pair: Pair) -> list[int]:
    tokenizer.src_lang = _code(tokenizer, pair[0])
    return list(tokenizer(text).input_ids)


def _say_by_language(tokenizer: Any, text: str, pair: Pair) -> list[int]:
    tokenizer.tgt_lang = _code(tokenizer, pair[1])
    return list(tokenizer(text_target=text).input_ids)


def _code(tokenizer: Any, language: Language) -> str:
    nllb = {"kk": "kaz_Cyrl", "ru": "rus_Cyrl", "en": "eng_Latn"}
    return nllb[language] if "kaz_Cyrl" in tokenizer.get_vocab() else language


def _marian(folder: Path, family: Family) -> tuple[Any, Any]:
    sources = sorted({source for source, _ in family.pairs})
    targets = sorted({target for _, target in family.pairs})
    tokens = ["</s>", "<unk>"]
    if len(targets) > 1:
        tokens += [f">>{_MARIAN[code]}<<" for code in targets]
    for name, languages in (("source", sources), ("target", targets)):
        _pieces(folder / f"{name}.spm", _texts(*languages), 120, "unigram")
        pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / f"{name}.spm"))
        tokens += [pieces.id_to_piece(i) for i in range(3, pieces.get_piece_size())]
    tokens = [*dict.fromkeys(tokens), "<pad>"]
    _write(folder / "vocab.json", {token: number for number, token in enumerate(tokens)})
    _write(
        folder / "tokenizer_config.json",
        {"model_max_length": 512, "separate_vocabs": False, "tokenizer_class": "MarianTokenizer"},
    )
    config = transformers.MarianConfig(
        vocab_size=len(tokens),
        d_model=_WIDTH,
        encoder_layers=2,
        decoder_layers=2,
        encoder_attention_heads=4,
        decoder_attention_heads=4,
        encoder_ffn_dim=2 * _WIDTH,
        decoder_ffn_dim=2 * _WIDTH,
        dropout=0.0,
        max_position_embeddings=_LONGEST,
        scale_embedding=True,
        init_std=0.1,
        activation_function="swish",
        pad_token_id=len(tokens) - 1,
        decoder_start_token_id=len(tokens) - 1,
        eos_token_id=0,
        forced_eos_token_id=0,
    )
    return (
        transformers.MarianMTModel(config),
        transformers.MarianTokenizer.from_pretrained(folder),
    )


_MARIAN: Final[dict[Language, str]] = {"kk": "kaz", "ru": "rus", "en": "eng"}


def _read_marian(tokenizer: Any, text: str, pair: Pair) -> list[int]:
    code = f">>{_MARIAN[pair[1]]}<<"
    text = f"{code} {text}" if code in tokenizer.get_vocab() else text
    return list(tokenizer(text).input_ids)


def _say(tokenizer: Any, text: str, pair: Pair) -> list[int]:
    return list(tokenizer(text_target=text).input_ids)


def _t5(folder: Path, family: Family) -> tuple[Any, Any]:
    _pieces(
        folder / "spiece.model",
        _texts(*LANGUAGES),
        160,
        "unigram",
        pad_id=0,
        eos_id=1,
        unk_id=2,
        bos_id=-1,
        user_defined_symbols=[f"<2{code}>" for code in LANGUAGES],
    )
    _write(folder / "tokenizer_config.json", {"tokenizer_class": "T5Tokenizer", "extra_ids": 0})
    tokenizer = transformers.T5Tokenizer.from_pretrained(folder, extra_ids=0)
    config = transformers.T5Config(
        vocab_size=len(tokenizer) + 3,
        d_model=_WIDTH,
        d_kv=16,
        d_ff=2 * _WIDTH,
        num_layers=2,
        num_decoder_layers=2,
        num_heads=4,
        dropout_rate=0.0,
        feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
        decoder_start_token_id=0,
        pad_token_id=0,
        eos_token_id=1,
    )
    return transformers.T5ForConditionalGeneration(config), tokenizer


def _read_t5(tokenizer: Any, text: str, pair: Pair) -> list[int]:
    return list(tokenizer(f"<2{pair[1]}> {text}").input_ids)


_SPM: Final = ("source.spm", "target.spm")

FAMILIES: Final = (
    Family(
        "m2m100",
        ALL_PAIRS,
        {"family": "m2m100"},
        ("sentencepiece.bpe.model",),
        _m2m100,
        _read_by_language,
        _say_by_language,
        given=1,
    ),
    Family(
        "nllb",
        ALL_PAIRS,
        {"family": "nllb"},
        ("sentencepiece.bpe.model",),
        _nllb,
        _read_by_language,
        _say_by_language,
        given=1,
    ),
    Family("marian", (("kk", "ru"),), {"family": "marian"}, _SPM, _marian, _read_marian, _say),
    Family(
        "marian-multi",
        (("en", "kk"), ("en", "ru")),
        {"family": "marian", "source": [">>{target}<<", "{sentence}", "</s>"]},
        _SPM,
        _marian,
        _read_marian,
        _say,
    ),
    Family(
        "t5",
        (("kk", "ru"), ("kk", "en"), ("ru", "kk")),
        {"family": "t5", "source": ["<2{target}>", "{sentence}", "</s>"]},
        ("spiece.model",),
        _t5,
        _read_t5,
        _say,
    ),
)
