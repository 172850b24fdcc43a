"""espeak-ng in its process: speech of last resort, and what happens when it dies."""

from __future__ import annotations

import os
import re
import signal
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest

from foundation.errors import Cancelled, FailedPrecondition, InvalidArgument, Unavailable
from foundation.media_time import from_samples
from foundation.synthesis import SpeechSpan, SynthesisRequest
from models.catalogue import load_catalogue
from models.engines.base import CallContext, EngineOptions
from models.engines.espeak import EspeakEngine, process
from models.engines.espeak.process import EspeakProcess
from models.loading import make_loader
from models.store import ModelStore
from text.spoken.tables import load_table

OPTIONS = EngineOptions(languages=("kk", "ru", "en"))


@pytest.fixture(scope="module")
def engine() -> Iterator[EspeakEngine]:
    opened = EspeakEngine.open(Path("nowhere"), OPTIONS)
    yield opened
    opened.close()


@pytest.fixture
def espeak() -> Iterator[EspeakProcess]:
    opened = EspeakProcess()
    yield opened
    opened.close()


def test_it_comes_with_the_program(tmp_path: Path) -> None:
    engine = make_loader(ModelStore(tmp_path, None, load_catalogue()), EngineOptions())("espeak-ng")
    request = SynthesisRequest.of_text("Сәлеметсіз бе!", "kk")
    speech = engine.call("synthesize", request, CallContext())
    assert speech.samples.size > speech.sample_rate // 2
    engine.close()


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("kk", "Сәлем,  әлем! Бұл — 2026 жыл."),
        ("ru", "Привет, мир - это проверка."),
        ("en", "Hello of the world , in the end."),
    ],
)
def test_every_word_has_its_time(engine: EspeakEngine, language: Any, text: str) -> None:
    speech = engine.synthesize(SynthesisRequest.of_text(text, language), CallContext())
    assert [word.text for word in speech.words] == [
        word for word in text.split() if any(map(str.isalnum, word))
    ]
    assert all(text[word.position :].startswith(word.text) for word in speech.words)
    starts = [word.start for word in speech.words]
    ends = [word.end for word in speech.words]
    assert starts == sorted(starts)
    assert ends[:-1] == starts[1:]
    assert ends[-1] == from_samples(speech.samples.size, speech.sample_rate)
    assert float(np.abs(speech.samples).max()) > 0.1


def test_the_same_request_sounds_the_same(engine: EspeakEngine) -> None:
    request = SynthesisRequest.of_text("Бүгін күн ашық.", "kk")
    first = engine.synthesize(request, CallContext())
    engine.synthesize(SynthesisRequest.of_text("Совсем другое.", "ru", "female"), CallContext())
    assert np.array_equal(first.samples, engine.synthesize(request, CallContext()).samples)


def test_speakers_rate_pitch_and_languages(engine: EspeakEngine) -> None:
    request = SynthesisRequest.of_text("Бүгін күн ашық.", "kk", "male")
    plain = engine.synthesize(request, CallContext())

    def said(**changes: Any) -> Any:
        return engine.synthesize(replace(request, **changes), CallContext()).samples

    assert not np.array_equal(said(speaker="female"), plain.samples)
    assert said(rate=2.0).size < 0.7 * plain.samples.size
    assert said(rate=0.5).size > 1.5 * plain.samples.size
    assert said(pitch=6.0).size == pytest.approx(plain.samples.size, rel=0.1)
    assert not np.array_equal(said(pitch=6.0), plain.samples)
    spans = (SpeechSpan("Мен", "kk"), SpeechSpan("Windows", "en"), SpeechSpan("хорошо", "ru"))
    mixed = engine.synthesize(SynthesisRequest(spans), CallContext())
    assert [(word.text, word.span) for word in mixed.words] == [
        ("Мен", 0), ("Windows", 1), ("хорошо", 2)
    ]  # fmt: skip


def test_bad_requests_and_cards_are_refused(engine: EspeakEngine) -> None:
    with pytest.raises(InvalidArgument, match="not phonemes"):
        engine.synthesize(SynthesisRequest((SpeechSpan("а", "kk", "a"),)), CallContext())
    with pytest.raises(InvalidArgument, match="limit 1000"):
        engine.synthesize(SynthesisRequest.of_text("1" * 10_000, "kk"), CallContext())
    with pytest.raises(FailedPrecondition, match="languages"):
        EspeakEngine.open(Path("nowhere"), EngineOptions(languages=("de",)))
    with pytest.raises(FailedPrecondition, match=r"sample_rate is 8000"):
        EspeakEngine.open(Path("nowhere"), replace(OPTIONS, settings={"sample_rate": 8000}))


def test_ten_thousand_digits_and_letters_are_read(espeak: EspeakProcess) -> None:
    digits, letters, nothing = espeak.phonemes(
        "kk", ["1" * 10_000, "ә" * 10_000, ""], CallContext()
    )
    assert sum(len(clause.phonemes) for clause in digits) > 100
    assert sum(len(clause.phonemes) for clause in letters) > 100
    assert not any(clause.phonemes for clause in nothing)


def test_threads_do_not_mix_their_languages(espeak: EspeakProcess) -> None:
    words = {"kk": "Қазақстан", "ru": "Здравствуйте", "en-us": "Good morning"}

    def read(voice: str) -> Any:
        return espeak.phonemes(voice, [words[voice]], CallContext())

    alone = {voice: read(voice) for voice in words}
    with ThreadPoolExecutor(6) as threads:
        many = list(threads.map(lambda n: (v := list(words)[n % 3], read(v)), range(120)))
    assert all(answer == alone[voice] for voice, answer in many)


def test_a_process_that_ends_is_started_anew(espeak: EspeakProcess) -> None:
    before = espeak.phonemes("kk", ["сәлем"], CallContext())
    assert espeak._process is not None
    espeak._process.kill()
    espeak._process.wait()
    with pytest.raises(Unavailable, match="espeak-ng failed"):
        espeak.phonemes("kk", ["сәлем"], CallContext())
    assert espeak.phonemes("kk", ["сәлем"], CallContext()) == before


def test_an_unknown_voice_is_told_and_changes_nothing(espeak: EspeakProcess) -> None:
    with pytest.raises(Unavailable, match="xx"):
        espeak.phonemes("xx", ["a"], CallContext())
    assert espeak.phonemes("kk", ["а"], CallContext())[0][0].phonemes


@pytest.mark.parametrize("reason", ["cancelled", "hangs"])
def test_a_process_that_hangs_is_given_up(
    espeak: EspeakProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reason: str
) -> None:
    silent = tmp_path / "silent.py"
    silent.write_text("import sys\nsys.stdin.read()\n")
    monkeypatch.setattr(process, "_CHILD", silent)
    monkeypatch.setattr(process, "_POLL_SECONDS", 0.01)
    cancelled = Event()
    if reason == "cancelled":
        timer = threading.Timer(0.05, cancelled.set)
        timer.start()
        with pytest.raises(Cancelled):
            espeak.phonemes("kk", ["а"], CallContext(cancelled=cancelled))
        timer.join()
    else:
        monkeypatch.setattr(process, "_LONGEST_SECONDS", 0.05)
        with pytest.raises(Unavailable, match="no answer"):
            espeak.phonemes("kk", ["а"], CallContext())
    assert espeak._process is None
    monkeypatch.undo()
    assert espeak.phonemes("kk", ["а"], CallContext())[0][0].phonemes


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_copy_that_hangs_ends_with_the_process(espeak: EspeakProcess) -> None:
    espeak.phonemes("kk", ["а"], CallContext())
    assert espeak._process is not None
    parent = espeak._process.pid
    assert os.getpgid(parent) == parent, "an interrupt from the terminal would reach it"
    children = Path(f"/proc/{parent}/task/{parent}/children")
    cancelled = Event()

    def stop() -> int:
        give_up = time.monotonic() + 10
        while not (found := children.read_text().split()):
            assert time.monotonic() < give_up, "it has spoken already"
        os.kill(int(found[0]), signal.SIGSTOP)
        cancelled.set()
        return int(found[0])

    with ThreadPoolExecutor(1) as threads:
        stopping = threads.submit(stop)
        with pytest.raises(Cancelled):
            espeak.speak("kk", "бір " * 250, 80, 50, CallContext(cancelled=cancelled))
        copy = stopping.result(10)
    deadline = time.monotonic() + 10
    while lives(copy):
        assert time.monotonic() < deadline, "the copy lives on, with nobody to end it"
    assert espeak.speak("kk", "бір", 160, 50, CallContext()).pcm


def lives(pid: int) -> bool:
    """Is this process there, and no zombie?"""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_without_piper_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(FailedPrecondition, match=r"pip install 'dauys-server\[speech\]'"):
        EspeakProcess()


def test_names_of_letters_sound_like_the_letters() -> None:
    """Ay is read as eye, and eff by its letters: FBI and a.m. were not what they are."""
    espeak = EspeakProcess()

    def sounds(voice: str, text: str) -> str:
        clauses = espeak.phonemes(voice, [text], CallContext())[0]
        return re.sub("[ˈˌ ]", "", "".join(clause.phonemes for clause in clauses))

    try:
        english = load_table("en").letters
        for letter in english.keys() - {"z"}:  # zed, by British custom
            assert sounds("en-us", english[letter]) == sounds("en-us", letter.upper()), letter
        for language in ("kk", "ru"):
            table = load_table(language)
            for names in (table.letters, table.latin_letters, table.single_letters):
                for letter, name in names.items():
                    spoken = sounds(language, name)
                    assert re.search("[aeiouyɑɐʌɛəɪɵæʊɔ]", spoken), (language, letter, spoken)
                    assert len(spoken) <= 3 * len(name) + 2, (language, letter, spoken)
    finally:
        espeak.close()
