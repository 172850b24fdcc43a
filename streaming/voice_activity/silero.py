"""Silero VAD v6 on ONNX Runtime, one frame at a time.

The model file comes inside faster-whisper; faster-whisper itself is not imported. Frames are 512
samples, each preceded by the last 64 samples of the frame before; the recurrent state (an LSTM's
``h`` and ``c``, float32 [1, 1, 128]) is carried from frame to frame.
Source: https://github.com/snakers4/silero-vad (MIT).
"""

from __future__ import annotations

import functools
import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from foundation.errors import FailedPrecondition
from foundation.speech import Samples

FRAME_SAMPLES: Final = 512
_CONTEXT_SAMPLES: Final = 64
_STATE_SHAPE: Final = (1, 1, 128)

_QUIET_PEAK: Final = 1.5 / 32768
"""A frame that never leaves the lowest bit of 16-bit audio holds no speech."""

_MODEL_FILE: Final = Path("assets", "silero_vad_v6.onnx")


class SileroModel:
    """Speech probability of consecutive frames of one stream. Not thread-safe."""

    def __init__(self) -> None:
        self._session = _shared_session()
        self.reset()

    def reset(self) -> None:
        """Forget the stream: the next frame is a first one."""
        self._hidden: NDArray[np.float32] = np.zeros(_STATE_SHAPE, np.float32)
        self._cell: NDArray[np.float32] = np.zeros(_STATE_SHAPE, np.float32)
        self._context: Samples = np.zeros(_CONTEXT_SAMPLES, np.float32)

    def probability(self, frame: Samples) -> float:
        """Speech probability, 0 to 1, of the next frame (float32 [512], 16 kHz).

        The model is not run on digital silence; its state then stays as it was.
        """
        if float(np.abs(frame).max()) < _QUIET_PEAK:
            self._context = frame[-_CONTEXT_SAMPLES:].copy()
            return 0.0
        batch = np.concatenate((self._context, frame))[np.newaxis, :]
        output, self._hidden, self._cell = self._session.run(
            None, {"input": batch, "h": self._hidden, "c": self._cell}
        )
        self._context = frame[-_CONTEXT_SAMPLES:].copy()
        return float(output[0])


@functools.cache
def _shared_session() -> Any:
    """One session for the process: it holds no stream's state and may be run from any thread."""
    specification = importlib.util.find_spec("faster_whisper")
    folders = specification.submodule_search_locations if specification is not None else None
    paths = [Path(folder) / _MODEL_FILE for folder in folders or ()]
    path = next((path for path in paths if path.is_file()), None)
    if path is None:
        raise FailedPrecondition(
            f"faster-whisper with {_MODEL_FILE} is not installed; install faster-whisper 1.2.1"
        )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(
        str(path), sess_options=options, providers=["CPUExecutionProvider"]
    )
