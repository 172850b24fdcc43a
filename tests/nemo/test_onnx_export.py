"""The tiny models' ONNX graphs say what the NeMo models say."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from foundation.speech import SAMPLE_RATE
from tests.nemo.engines import padded

if TYPE_CHECKING:
    from tests.nemo.tiny_models import TinyModels


@pytest.mark.parametrize("decoder", ["ctc", "rnnt", "tdt"])
def test_onnx_asr_reads_the_closed_set(tiny: TinyModels, decoder: str) -> None:
    onnx_asr = pytest.importorskip("onnx_asr")
    folder = tiny.folder(f"onnx-{decoder}")
    model = onnx_asr.load_model(f"nemo-conformer-{decoder}", str(folder))
    for sentence in tiny.sentences:
        heard = model.recognize(padded(tiny.samples(sentence)), sample_rate=SAMPLE_RATE)
        assert heard == sentence.text
