"""An offline engine made live: the open window of speech is decoded again and again."""

from __future__ import annotations

from foundation.speech import SAMPLE_RATE
from streaming.recognition.audio_runs import AudioRun, Detector
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.recognizer import SHORTEST, Recognizer
from streaming.recognition.utterance import Utterance
from streaming.recognition.window_decoder import Effort, WindowDecoder
from workers.interface import WorkerPool

_SAME_END = round(0.05 * SAMPLE_RATE)


class LiveRecognizer(Recognizer[Utterance]):
    """Decodes an utterance's window at every step, and commits by a policy."""

    def __init__(
        self,
        pool: WorkerPool,
        config: LiveRecognizerConfig,
        session: str,
        detector: Detector | None = None,
    ) -> None:
        self._decoder = WindowDecoder(pool, config, session)
        super().__init__(config, self._decoder.pace, detector)

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with another model, languages, names or prompt; no word is lost or heard twice.

        The next window is decoded with them, also one of an utterance that is open: what is
        committed of it stands. How windows are cut and words committed changes with the next
        utterance, how often they are decoded does not change. Have a new model loaded before.
        """
        self._config = config
        self._decoder.reconfigure(config)
        if self._open is not None:
            self._open.reconfigure(config)

    def _begin(self, run: AudioRun, sample: int) -> None:
        start = max(sample, run.decoded_until, run.buffer.first)
        run.decoded_until = start
        self._open = Utterance(run, start, self._config, self._language)

    async def _decode_open(self, run: AudioRun, utterance: Utterance) -> None:
        """One move of an open utterance: wait, step, make room, or finish."""
        end = self._end_of(run)
        full = utterance.window_start + round(self._config.max_window_seconds * SAMPLE_RATE)
        if end is not None and end <= full:
            await self._finish(run, utterance, end)
        elif run.buffer.end >= full or end is not None:
            await self._step(run, utterance, full, full=True)
        elif run.ending is not None and not self._pace.reduced:
            await self._await_end(run, utterance, run.ending)
        elif run.buffer.end - run.decoded_until >= self._pace.step_samples:
            await self._step(run, utterance, run.buffer.end, full=False)
        else:
            await self._more_or_step(run, utterance)

    async def _await_end(self, run: AudioRun, utterance: Utterance, ending: int) -> None:
        """The speaker pauses: decode once as if for the last time, then wait for more.

        If the pause lasts, the utterance's end finds the work done.
        """
        news = run.decoded_until < ending - _SAME_END and run.buffer.end >= ending
        if news and ending - utterance.window_start >= SHORTEST:
            # The pause before was not the end, then: its window may be trimmed now.
            utterance.trim(run.decoded_until)
            await self._step(run, utterance, ending, full=False, pausing=True)
        else:
            await self._more_or_step(run, utterance)

    async def _more_or_step(self, run: AudioRun, utterance: Utterance) -> None:
        more = await self._more(self._pace.step_samples / SAMPLE_RATE)
        if not more and run.buffer.end - run.decoded_until >= SHORTEST:
            # The source stands still: what came last is worth a step of its own.
            await self._step(run, utterance, run.buffer.end, full=False)

    async def _step(
        self,
        run: AudioRun,
        utterance: Utterance,
        until: int,
        *,
        full: bool,
        pausing: bool = False,
    ) -> None:
        effort = Effort.FORESIGHT if pausing else Effort.STEP
        heard = await self._decoder.decode(run, utterance, until, effort)
        if heard is None:
            return
        run.decoded_until = max(run.decoded_until, until)
        committed = utterance.take(heard, until)
        silent_from = utterance.fell_silent_at(heard, until)
        if silent_from is not None:
            committed += utterance.commit_tentative()
            self._tell(run, utterance, committed, endpoint=True)
            run.decoded_until = silent_from
            self._begin(run, silent_from)
            return
        if full:
            if heard.rejected is not None:
                again = await self._decoder.decode(run, utterance, until, Effort.FINAL)
                heard = again or heard
            committed += utterance.slide(heard, until)
        if pausing:
            utterance.foresee(heard, until)
        else:
            utterance.trim(until)
        spoken = until - utterance.start
        forced = spoken >= self._config.max_utterance_seconds * SAMPLE_RATE
        self._tell(run, utterance, committed, endpoint=forced)
        if forced:
            utterance.go_on(until)

    async def _finish(self, run: AudioRun, utterance: Utterance, end: int) -> None:
        """Commit the rest of an utterance that ends at ``end``."""
        end = self._heard_before(run, end)
        heard = utterance.foreseen(end)
        if heard is None and end - utterance.window_start >= SHORTEST:
            heard = await self._decoder.decode(run, utterance, end, Effort.FINAL)
        committed = utterance.finish(heard) if heard else utterance.commit_tentative()
        self._close(run, utterance, committed, end)

    def _heard_before(self, run: AudioRun, end: int) -> int:
        """``end``, or the end of the last step where only silence lies between the two.

        The window is the step's then, and its encoding need not be computed again.
        """
        earliest, latest = end - _SAME_END, end + self._config.hangover_seconds * SAMPLE_RATE
        return run.decoded_until if earliest <= run.decoded_until <= latest else end
