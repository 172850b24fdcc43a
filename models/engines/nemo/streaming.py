"""Cache-aware streaming: features of a chunk, one step of the encoder for several streams.

The chunks are cut as NeMo's ``CacheAwareStreamingAudioBuffer`` cuts whole recordings (a shorter
first chunk, the last feature frames of the chunk before as context of the subsampling), so that a
stream's text is that of the whole window. NeMo's streaming pipelines are not used: they compute
features chunk by chunk with an edge that the window does not have, give words their times only when
an utterance ends, and free a stream's slot only with its last frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import torch

from foundation.errors import Internal
from foundation.media_time import Ticks
from foundation.speech import SAMPLE_RATE, Samples
from models.engines.nemo.checkpoint import Checkpoint
from models.engines.nemo.decoding import Decoder
from models.engines.token_words import Token

_WARM_FRAMES: Final = 3
"""Feature frames computed before those wanted, and dropped: the edge spoils the first two."""

_TAIL_SECONDS: Final = 0.4
"""Silence after a stream's last sample: a transducer speaks late."""


@dataclass(frozen=True, slots=True)
class StreamState:
    """One stream between two steps. Never changed: a step makes another."""

    samples: Samples
    """float32: audio whose features are still to be computed, and what they look back at."""

    first: int = 0
    """Number of its first sample in the stream."""

    received: int = 0
    """Samples received so far."""

    frame: int = 0
    """The next feature frame."""

    features: Any = None
    """The last feature frames of the chunk before, [1, mel, n]; None at the start."""

    cache: tuple[Any, Any, Any] | None = None
    """The encoder's: last channel, last time, length; None at the start."""

    decoder: Any = None
    """The decoder's; None at the start."""

    tokens: tuple[Token, ...] = ()
    """Of the word that is still open."""

    committed_until: Ticks = 0
    """End of the last word given out."""

    text: str = ""
    """What was said so far, or the end of it: it tells the language."""

    ended: bool = False


class ChunkedEncoder:
    """A model's way from samples to tokens, chunk by chunk."""

    def __init__(self, checkpoint: Checkpoint, decoder: Decoder) -> None:
        self._checkpoint = checkpoint
        self._decoder = decoder
        self._encoder = checkpoint.model.encoder
        if self._encoder.streaming_cfg is None:
            self._encoder.setup_streaming_params()
        config = self._encoder.streaming_cfg
        self._first_chunk, self._chunk = _pair(config.chunk_size)
        self._context = _pair(config.pre_encode_cache_size)[1]
        self._dropped = int(config.drop_extra_pre_encoded)

    @property
    def chunk_seconds(self) -> float:
        """Audio of one chunk."""
        return self._chunk * self._checkpoint.hop / SAMPLE_RATE

    def receive(self, state: StreamState, samples: Samples, last: bool) -> StreamState:
        """The state with more audio waiting; after the last, silence fills up the chunk."""
        received = state.received + samples.size
        pieces = [state.samples, samples]
        if last:
            hop, fft = self._checkpoint.hop, self._checkpoint.fft
            frames = -(-(received + round(_TAIL_SECONDS * SAMPLE_RATE)) // hop)
            over = max(0, frames - self._first_chunk)
            frames = self._first_chunk + -(-over // self._chunk) * self._chunk
            needed = (frames - 1) * hop + fft // 2
            pieces.append(np.zeros(max(0, needed - received), np.float32))
        return replace(
            state, samples=np.concatenate(pieces), received=received, ended=last or state.ended
        )

    def ready(self, state: StreamState) -> bool:
        """Is there audio for another chunk?"""
        last_frame = state.frame + self._size(state) - 1
        needed = last_frame * self._checkpoint.hop + self._checkpoint.fft // 2
        return state.first + state.samples.size >= needed

    def heard_until(self, state: StreamState) -> int:
        """Samples decoded."""
        return min(state.frame * self._checkpoint.hop, state.received)

    def advance(self, states: Sequence[StreamState]) -> list[tuple[StreamState, list[Token]]]:
        """Decode the next chunk of each stream; all are ready, and all at the start or none."""
        starting = {state.cache is None for state in states}
        if len(starting) > 1:
            raise Internal("streams at their start and streams under way cannot step together")
        with torch.inference_mode():
            chunks = [self._features(state) for state in states]
            signal = torch.cat(
                [self._with_context(*pair) for pair in zip(states, chunks, strict=True)]
            )
            lengths = torch.full(
                (len(states),), signal.shape[2], dtype=torch.int64, device=signal.device
            )
            channel, time, size = self._caches(states)
            encoded, encoded_lengths, channel, time, size = self._encoder.cache_aware_stream_step(
                processed_signal=signal.to(self._checkpoint.dtype),
                processed_signal_length=lengths,
                cache_last_channel=channel,
                cache_last_time=time,
                cache_last_channel_len=size,
                keep_all_outputs=False,
                drop_extra_pre_encoded=0 if starting == {True} else self._dropped,
            )
            decoded = self._decoder.step(
                encoded, encoded_lengths, [state.decoder for state in states]
            )
        advanced = []
        for row, (state, chunk, (tokens, decoder)) in enumerate(
            zip(states, chunks, decoded, strict=True)
        ):
            part = slice(row, row + 1)
            cache = (channel[:, part].clone(), time[:, part].clone(), size[part].clone())
            advanced.append((self._next(state, chunk, cache, decoder), tokens))
        return advanced

    def _size(self, state: StreamState) -> int:
        return self._first_chunk if state.frame == 0 else self._chunk

    def _next(
        self, state: StreamState, chunk: Any, cache: tuple[Any, Any, Any], decoder: Any
    ) -> StreamState:
        frame = state.frame + self._size(state)
        kept = max(state.first, (frame - _WARM_FRAMES) * self._checkpoint.hop)
        features = chunk if state.features is None else torch.cat([state.features, chunk], dim=2)
        return replace(
            state,
            samples=state.samples[kept - state.first :],
            first=kept,
            frame=frame,
            features=features[:, :, -self._context :].clone() if self._context else None,
            cache=cache,
            decoder=decoder,
        )

    def _features(self, state: StreamState) -> Any:
        """The next feature frames [1, mel, n], equal to those of the whole recording."""
        hop, half = self._checkpoint.hop, self._checkpoint.fft // 2
        end = (state.frame + self._size(state) - 1) * hop + half
        samples = torch.from_numpy(state.samples[: end - state.first]).to(self._checkpoint.device)
        features, _ = self._checkpoint.model.preprocessor(
            input_signal=samples[None],
            length=torch.tensor([samples.shape[0]], device=samples.device),
        )
        begin = state.frame - state.first // hop
        return features[:, :, begin : begin + self._size(state)]

    def _with_context(self, state: StreamState, chunk: Any) -> Any:
        if state.cache is None or not self._context:
            return chunk
        missing = self._context - state.features.shape[2]
        return torch.cat([torch.nn.functional.pad(state.features, (missing, 0)), chunk], dim=2)

    def _caches(self, states: Sequence[StreamState]) -> tuple[Any, Any, Any]:
        known = [state.cache for state in states if state.cache is not None]
        if not known:
            fresh: tuple[Any, Any, Any] = self._encoder.get_initial_cache_state(
                batch_size=len(states), dtype=self._checkpoint.dtype
            )
            return fresh
        return (
            torch.cat([cache[0] for cache in known], dim=1),
            torch.cat([cache[1] for cache in known], dim=1),
            torch.cat([cache[2] for cache in known]),
        )


def _pair(value: Any) -> tuple[int, int]:
    if isinstance(value, int):
        return value, value
    return int(value[0]), int(value[1])
