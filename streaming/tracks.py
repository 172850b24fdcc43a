"""The tracks of a session: the words that were spoken, and their translations."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from foundation.errors import DauysError
from foundation.languages import Language
from foundation.speech import Word
from streaming.cues.builder import CueBuilder
from streaming.cues.model import Cue
from streaming.cues.presets import CuePreset
from streaming.events import Hypothesis
from streaming.live_translation import LiveTranslationConfig, LiveTranslator, Protectors
from streaming.session_events import (
    CommittedText,
    CueReady,
    SessionEventBody,
    TentativeText,
    TrackFailed,
)
from streaming.translation import TranslationModels, default_protector
from text.transliteration import to_latin
from workers.interface import WorkerPool

_log = structlog.get_logger(__name__)

_DRAIN_SECONDS: Final = 10.0
"""What translations get to catch up when a session ends."""


class Track:
    """Shows one stream of hypotheses: text and cues, in the letters that are wanted.

    Args:
        preset: How cues are built.
        publish: Takes the track's events.
        latin: Write Kazakh in Latin letters; may be changed at any time.
    """

    def __init__(
        self, preset: CuePreset, publish: Callable[[SessionEventBody], None], *, latin: bool = False
    ) -> None:
        self._builder = CueBuilder(preset)
        self._publish = publish
        self._tentative_shown = False
        self.latin = latin
        self.cue_count = 0
        """Finished cues so far."""

    def show(self, hypothesis: Hypothesis) -> None:
        """Publish what is new, and the cues that it finishes."""
        language = hypothesis.language
        committed = self._written(hypothesis.committed, language)
        if committed:
            self._publish(CommittedText(committed, language))
        self._publish_cues(
            self._builder.push(committed, language, hypothesis.endpoint, hypothesis.committed_until)
        )
        if hypothesis.tentative or self._tentative_shown:
            self._tentative_shown = bool(hypothesis.tentative)
            self._publish(TentativeText(self._written(hypothesis.tentative, language), language))

    def flush(self) -> None:
        """The track ends, or pauses: publish the last cue."""
        self._publish_cues(self._builder.flush())

    def use(self, preset: CuePreset) -> None:
        """Build cues by another preset from now on."""
        self._publish_cues(self._builder.use(preset))

    def fail(self, detail: str) -> None:
        """The track ends before its time."""
        self.flush()
        self._publish(TrackFailed(detail))

    def _written(self, words: tuple[Word, ...], language: Language) -> tuple[Word, ...]:
        if not self.latin or language != "kk":
            return words
        return tuple(replace(word, text=to_latin(word.text)) for word in words)

    def _publish_cues(self, cues: list[Cue]) -> None:
        for cue in cues:
            self.cue_count += 1
            self._publish(CueReady(cue))


@dataclass(frozen=True, slots=True)
class Translations:
    """The translated tracks that a session should have."""

    targets: Mapping[Language, TranslationModels] = field(default_factory=dict)
    """Languages to translate into, and the models that do it."""

    protectors: Protectors = default_protector
    """What must not be translated, or only in one way."""

    config: LiveTranslationConfig = field(default_factory=LiveTranslationConfig)


class _TranslatedTrack:
    """One language: its picture and its translators, of which the last hears the source.

    Those before it finish what they heard, in order.
    """

    def __init__(self, language: Language, track: Track) -> None:
        self.language = language
        self.track = track
        self.models: TranslationModels | None = None
        """None: not wanted now."""
        self.translators: deque[LiveTranslator] = deque()
        self.failure = ""
        self.task: asyncio.Task[None] | None = None

    @property
    def lag(self) -> float:
        return max((translator.lag for translator in self.translators), default=0.0)

    def hand_over(
        self, translator: LiveTranslator | None, models: TranslationModels | None
    ) -> None:
        """Let another translator hear what comes from now on; None: nobody."""
        for before in self.translators:
            before.close()
        self.models = models
        self.failure = ""
        if translator is not None:
            self.translators.append(translator)

    async def run(self) -> None:
        """Translate until no translator hears the source any more, or one fails."""
        log = _log.bind(track=self.language)
        try:
            while self.translators:
                await self.translators[0].run(self.track.show)
                self.translators.popleft()
            self.track.flush()
        except DauysError as error:
            log.warning("session.track_failed", reason=error.message)
            self._fail(error.message)
        except Exception:
            log.exception("session.track_crashed")
            self._fail("internal error")

    def _fail(self, detail: str) -> None:
        self.failure = detail
        self.translators.clear()
        self.track.fail(detail)


class TranslatedTracks:
    """A session's translated tracks; each fails alone, and they come and go on air.

    Args:
        pool: Where the models run.
        session: Names the tasks of the pool.
        translations: The tracks at the beginning.
    """

    def __init__(
        self, pool: WorkerPool, session: str, translations: Translations | None = None
    ) -> None:
        self._pool = pool
        self._session = session
        self._wanted = translations or Translations()
        self._tracks: dict[Language, _TranslatedTrack] = {}
        self._open: Callable[[Language], Track] | None = None
        self._group: asyncio.TaskGroup | None = None

    @property
    def lags(self) -> dict[Language, float]:
        """Of each track, seconds that a whole sentence has waited for its translation."""
        return {track.language: track.lag for track in self._on_air}

    @property
    def failures(self) -> dict[Language, str]:
        """Why tracks have ended that should be there."""
        return {track.language: track.failure for track in self._on_air if track.failure}

    def write(self, *, latin: bool) -> None:
        """Write Kazakh in Latin letters, or not, from now on."""
        for track in self._tracks.values():
            track.track.latin = latin

    def use(self, preset: CuePreset) -> None:
        """Build the cues of all tracks by another preset from now on."""
        for track in self._tracks.values():
            track.track.use(preset)

    def push(self, hypothesis: Hypothesis) -> None:
        """Let all tracks hear what was said."""
        for track in self._on_air:
            if track.translators:
                track.translators[-1].push(hypothesis)

    def configure(self, translations: Translations) -> None:
        """Have these tracks from now on.

        Dropped ones finish what they heard; one whose models change goes on with the new ones, and
        one that had failed is tried again.
        """
        self._wanted = translations
        if self._group is None:
            return
        for track in self._on_air:
            if track.language not in translations.targets:
                track.hand_over(None, None)
        for language, models in translations.targets.items():
            known = self._tracks.get(language)
            if known is None or known.failure or known.models != models:
                self._begin(language, models)
            for translator in self._tracks[language].translators:
                translator.protect_with(translations.protectors)

    def start(self, group: asyncio.TaskGroup, open_track: Callable[[Language], Track]) -> None:
        """Translate what is pushed from now on.

        Args:
            group: Owns the tracks' tasks.
            open_track: Makes the picture of a language that has none yet.
        """
        self._group, self._open = group, open_track
        self.configure(self._wanted)

    async def drain(self) -> None:
        """The source ends: wait until what was heard is translated, or too late."""
        self._group = None
        running = {}
        for track in self._tracks.values():
            for translator in track.translators:
                translator.close()
            if track.task is not None and not track.task.done():
                running[track.task] = track
        if not running:
            return
        _, late = await asyncio.wait(running, timeout=_DRAIN_SECONDS)
        for task in late:
            track = running[task]
            waiting = sum(translator.waiting for translator in track.translators)
            _log.warning("session.track_cut", track=track.language, words=waiting)
            task.cancel()
            track.track.fail(f"{waiting} words were not translated in time")

    @property
    def _on_air(self) -> list[_TranslatedTrack]:
        return [track for track in self._tracks.values() if track.models is not None]

    def _begin(self, language: Language, models: TranslationModels) -> None:
        group, open_track = self._group, self._open
        assert group is not None, "begun while on air"
        assert open_track is not None, "begun while on air"
        track = self._tracks.get(language)
        if track is None:
            track = self._tracks[language] = _TranslatedTrack(language, open_track(language))
        translator = LiveTranslator(
            self._pool,
            models,
            language,
            f"{self._session}/{language}",
            self._wanted.config,
            self._wanted.protectors,
        )
        track.hand_over(translator, models)
        if track.task is None or track.task.done():
            track.task = group.create_task(track.run(), name=f"translate-{language}")
