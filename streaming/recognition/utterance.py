"""One utterance while it is open: its window, its language and what is certain of it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from foundation.languages import Language
from foundation.media_time import Ticks, from_seconds, to_samples
from foundation.speech import SAMPLE_RATE, Transcription, Word
from streaming.recognition.audio_runs import AudioRun
from streaming.recognition.config import LiveRecognizerConfig
from streaming.recognition.policies import make_policy

_PROMPT_LETTERS = 200
_KEPT_WORDS = 2
"""Committed words left in a trimmed window: a fresh hypothesis is aligned on them."""

_TRIM_FROM = 0.8
"""A window is trimmed at this share of its longest at the latest."""

_LEAST_TRIM = 2 * SAMPLE_RATE
_UNSURE_TAIL = 1.5
"""Seconds at a full window's end in which nothing is committed without agreement."""

_FELL_SILENT = round(1.5 * SAMPLE_RATE)
"""Samples of speech without a word; a pause would have ended the utterance."""

_SURE = 0.95
"""Probability from which on a language is settled at once, else after twice the time."""

_SENTENCE_END = (".", "!", "?", "…")


class _Foreseen(NamedTuple):
    window_start: int
    until: int
    heard: Transcription


class _TrimPoint(NamedTuple):
    sample: int
    ends_sentence: bool


class Utterance:
    """From a start of speech to its endpoint. Words are in media time."""

    def __init__(
        self,
        run: AudioRun,
        start: int,
        config: LiveRecognizerConfig,
        before: Language | None = None,
    ) -> None:
        self.start = start
        """Sample at which it, or its part since a forced endpoint, starts."""
        self.window_start = start
        """First sample that is decoded again."""
        self.told = False
        """Was a hypothesis of it given out?"""
        self.last_told: tuple[Word, ...] = ()
        """Tentative words given out last."""
        self.guess: Language | None = None
        """The latest hypothesis's language."""
        self.language: Language | None = config.languages[0] if len(config.languages) == 1 else None
        """Settled language."""
        self.punctuated = True
        """The model that heard it last writes punctuation itself."""
        self._before = before
        self._run = run
        self._config = config
        self._policy = make_policy(config)
        self._unsettled: tuple[Word, ...] = ()
        self._foreseen: _Foreseen | None = None

    def reconfigure(self, config: LiveRecognizerConfig) -> None:
        """Go on with other settings; a language that is no longer spoken is identified anew."""
        self._config = config
        if self.language not in config.languages:
            self.language = config.languages[0] if len(config.languages) == 1 else None

    @property
    def languages(self) -> tuple[Language, ...]:
        """The settled language, or those that it may turn out to be."""
        return (self.language,) if self.language else self._config.languages

    @property
    def tentative(self) -> tuple[Word, ...]:
        """Words that may still change."""
        if self._unsettled:
            return self._policy.fresh(self._unsettled, self._window_time)
        return self._policy.tentative

    def language_weights(self, until: int) -> tuple[float, ...]:
        """How likely each of the session's languages is, going by what was spoken before.

        A prior as of a hidden Markov model: it is what keeps a short, doubtful utterance in the
        language of its neighbours, and it costs a real switch nothing but a little certainty.
        Identification is most sure of itself where it errs most, on a word or two: for a window up
        to sample ``until`` that is shorter than what settles a doubtful language, a switch is less
        likely by the square of the share.
        """
        others = len(self._config.languages) - 1
        if self._before is None or others == 0:
            return ()
        heard = (until - self.window_start) / SAMPLE_RATE
        share = min(1.0, heard / (2 * self._config.identify_seconds))
        stay = 1 - (1 - self._config.stay_weight) * max(share, 0.1) ** 2
        return tuple(
            stay if language == self._before else (1 - stay) / others
            for language in self._config.languages
        )

    @property
    def prompt(self) -> str:
        """The text before the window."""
        border = self._window_time
        before = [word.text for word in self._policy.committed if word.end <= border]
        text = " ".join([self._config.prompt, *before]).strip()
        if len(text) <= _PROMPT_LETTERS:
            return text
        return text[-_PROMPT_LETTERS:].partition(" ")[2]

    @property
    def _window_time(self) -> Ticks:
        return self._run.time_of(self.window_start)

    def take(self, heard: Transcription, until: int) -> tuple[Word, ...]:
        """A step's hypothesis of the window up to ``until``; returns new commits."""
        if heard.rejected is not None:
            return ()
        words = self._words(heard)
        self._settle(heard, until)
        if self.language is None:
            self._unsettled = words
            return ()
        self._unsettled = ()
        return self._policy.update(words, self._window_time, self._run.time_of(until))

    def fell_silent_at(self, heard: Transcription, until: int) -> int | None:
        """The sample from which a hypothesis has no words though speech goes on up to ``until``.

        A decoder that was told one language passes over another: what it leaves out must be heard
        anew, with its language identified.
        """
        if len(self._config.languages) == 1 or heard.rejected is not None or not heard.words:
            return None
        at = self.window_start + to_samples(heard.words[-1].end, SAMPLE_RATE)
        return at if until - at >= _FELL_SILENT else None

    def slide(self, heard: Transcription, until: int) -> tuple[Word, ...]:
        """Make a full window shorter, committing what agreement did not; returns new commits."""
        if self._trim_point() is not None:
            return ()
        border = self._run.time_of(until) - from_seconds(_UNSURE_TAIL)
        if heard.rejected is None:
            self.language = self.language or heard.language
            self._unsettled = ()
            committed = self._policy.commit(self._words(heard), self._window_time, border)
        else:
            committed = self.commit_tentative(border)
        if self._trim_point() is None:
            self.window_start = max(self.window_start, until - _LEAST_TRIM)
        return committed

    def trim(self, until: int) -> None:
        """Drop the audio of committed words from a window that ends at ``until`` and is long."""
        longest = min(self._config.trim_seconds, self._config.max_window_seconds * _TRIM_FROM)
        if until - self.window_start >= longest * SAMPLE_RATE:
            latest = until - round(self._config.context_seconds * SAMPLE_RATE)
            self._trim_to(self._trim_point(latest))

    def foresee(self, heard: Transcription, until: int) -> None:
        """Keep what was heard up to a pause that may be the end."""
        self._foreseen = _Foreseen(self.window_start, until, heard)

    def foreseen(self, until: int) -> Transcription | None:
        """What was kept of the same window."""
        kept = self._foreseen
        if kept is None or kept[:2] != (self.window_start, until):
            return None
        return kept.heard

    def finish(self, heard: Transcription) -> tuple[Word, ...]:
        """Commit the last hypothesis; a rejected one leaves the tentative words standing."""
        if heard.rejected is not None:
            return self.commit_tentative()
        self.guess = heard.language
        self.punctuated = heard.punctuated
        self.language = self.language or heard.language
        self._unsettled = ()
        return self._policy.commit(self._words(heard), self._window_time)

    def commit_tentative(self, until: Ticks | None = None) -> tuple[Word, ...]:
        """Commit what is tentative, up to the words that end after ``until``."""
        if self._unsettled:
            words, self._unsettled = self._unsettled, ()
            self.language = self.language or self.guess
            return self._policy.commit(words, self._window_time, until)
        return self._policy.commit_tentative(until)

    def go_on(self, at: int) -> None:
        """Begin a next utterance in the same speech; the window and its open words go along."""
        self.start = at
        self.told = False
        self._unsettle()

    def _trim_to(self, point: _TrimPoint | None) -> None:
        if point is None:
            return
        self.window_start = point.sample
        if point.ends_sentence and self._config.mixed:
            self._unsettle()

    def _unsettle(self) -> None:
        """Identify the language anew; that so far remains the likeliest."""
        if len(self._config.languages) > 1:
            self._before = self.language or self._before
            self.language = None

    def _words(self, heard: Transcription) -> tuple[Word, ...]:
        return tuple(word.shifted(self._window_time) for word in heard.words)

    def _settle(self, heard: Transcription, until: int) -> None:
        self.guess = heard.language
        self.punctuated = heard.punctuated
        seconds = (until - self.window_start) / SAMPLE_RATE
        needed = self._config.identify_seconds * (1 if heard.language_probability >= _SURE else 2)
        known = heard.language in self._config.languages
        if self.language is None and known and seconds >= needed:
            self.language = heard.language

    def _trim_point(self, latest: int | None = None) -> _TrimPoint | None:
        """After the last sentence, or else word, that the window can do without.

        None lies after ``latest``, so that what is said next is heard in context.
        """
        committed = self._policy.committed
        points = [
            _TrimPoint(self._between(word, following), word.text.endswith(_SENTENCE_END))
            for word, following in pairwise(committed[: 1 - _KEPT_WORDS])
        ]
        points = [
            point
            for point in points
            if point.sample >= self.window_start + _LEAST_TRIM
            and (latest is None or point.sample <= latest)
        ]
        best = [point for point in points if point.ends_sentence] or points
        return best[-1] if best else None

    def _between(self, word: Word, following: Word) -> int:
        middle = (word.end + max(following.start, word.end)) // 2
        return to_samples(middle - self._run.start, SAMPLE_RATE)
