"""A tiny VITS checkpoint as transformers saves one: real architecture, random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import torch
from transformers import VitsConfig, VitsModel, VitsTokenizer

LETTERS: Final = " аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя-'"
SAMPLE_RATE: Final = 16_000


def build(folder: Path, speakers: int = 1, **tokenizer: Any) -> Path:
    """Write a checkpoint into ``folder``, its letters' durations a few frames each."""
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    config = VitsConfig(
        vocab_size=len(LETTERS) + 1,
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        ffn_dim=16,
        flow_size=16,
        spectrogram_bins=9,
        num_speakers=speakers,
        speaker_embedding_size=8 if speakers > 1 else 0,
        upsample_initial_channel=16,
        upsample_rates=[4, 4],
        upsample_kernel_sizes=[8, 8],
        resblock_kernel_sizes=[3],
        resblock_dilation_sizes=[[1, 3]],
        prior_encoder_num_flows=2,
        prior_encoder_num_wavenet_layers=2,
        posterior_encoder_num_wavenet_layers=1,
        duration_predictor_num_flows=2,
        duration_predictor_filter_channels=16,
        depth_separable_channels=2,
        sampling_rate=SAMPLE_RATE,
    )
    model = VitsModel(config)
    with torch.no_grad():
        # Random weights give short, even durations; the last flow's shift makes them vary.
        model.duration_predictor.flows[0].translate.fill_(-1.5)
    model.save_pretrained(folder)
    vocabulary = {"<blank>": 0} | {letter: place for place, letter in enumerate(LETTERS, start=1)}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False))
    VitsTokenizer(
        str(folder / "vocab.json"),
        pad_token="<blank>",
        unk_token="<unk>",
        **{"language": "kaz", "add_blank": True, "phonemize": False, **tokenizer},
    ).save_pretrained(folder)
    return folder
