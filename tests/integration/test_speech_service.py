"""The TextToSpeech service as the SDK sees it, over voices of pure tones."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import aclosing
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import av
import mutagen
import numpy as np
import pytest
from dauys.client import (
    FLUSH,
    AsyncClient,
    AudioEncoding,
    Client,
    FlushSpeech,
    InvalidArgumentError,
    NotFoundError,
    PermissionDeniedError,
    Pronunciation,
    ResourceExhaustedError,
    RetryPolicy,
    SpeechAudio,
    SpeechBytes,
    SpeechEvent,
    SpeechFinished,
    SpeechFlushed,
    SpeechMarkKind,
    SpeechOptions,
    SpeechStarted,
    SpeechTimes,
    Ssml,
    UnauthenticatedError,
)

from foundation.errors import InvalidArgument
from foundation.synthesis import SynthesizedSpeech, Waveform
from tests.integration.speech_fixtures import catalogue, speech_server
from tests.unit.synthesis.voices import in_pieces, tone
from workers.interface import Task

__all__ = ["catalogue"]

ENGLISH = SpeechOptions(language="en")


@pytest.fixture
async def client(catalogue: None, tmp_path: Path) -> AsyncIterator[AsyncClient]:
    async with speech_server(tmp_path) as target, AsyncClient(target) as client:
        yield client


def decoded(audio: bytes) -> tuple[Waveform, int]:
    with av.open(BytesIO(audio)) as container:
        frames = list(container.decode(audio=0))
    resampler = av.AudioResampler(format="flt", layout="mono", rate=frames[0].sample_rate)
    parts = [part.to_ndarray()[0] for frame in frames for part in resampler.resample(frame)]
    return np.concatenate(parts), frames[0].sample_rate


async def given(*items: str | Ssml | FlushSpeech) -> AsyncIterator[str | Ssml | FlushSpeech]:
    for item in items:
        yield item


async def events(
    client: AsyncClient, *items: str | Ssml | FlushSpeech, **options: object
) -> list[SpeechEvent]:
    stream = client.streaming_synthesize(given(*items), **options)  # type: ignore[arg-type]
    return [event async for event in stream]


def audio_of(received: list[SpeechEvent]) -> bytes:
    return b"".join(event.audio for event in received if isinstance(event, SpeechBytes))


async def test_voices_tell_what_they_are(client: AsyncClient) -> None:
    voices = {voice.voice: voice for voice in await client.list_voices()}
    kazakh = voices["kk-voice"]
    assert kazakh.display_name == "Асан мен Айгүл"
    assert [(s.speaker, s.display_name, s.gender) for s in kazakh.speakers] == [
        ("m1", "Асан", "male"),
        ("f1", "Айгүл", "female"),
    ]
    assert (kazakh.sample_rate, kazakh.license, kazakh.available) == (16_000, "CC-BY-4.0", True)
    assert kazakh.default_languages == ("kk",)
    assert not voices["kk-absent"].available
    assert not voices["kk-absent"].commercial_use
    assert {voice.languages for voice in await client.list_voices("ru")} >= {("ru",)}
    assert all("ru" in voice.languages for voice in await client.list_voices("ru"))
    available = [voice.available for voice in await client.list_voices()]
    assert available == sorted(available, reverse=True)


async def test_a_text_is_spoken_whole(client: AsyncClient) -> None:
    speech = await client.synthesize("Good evening. One more sentence here.", options=ENGLISH)
    samples, rate = decoded(speech.audio)
    assert rate == speech.info.sample_rate == 22_050
    assert samples.size / rate == pytest.approx(speech.seconds, abs=1e-3)
    assert speech.info.synthetic
    assert speech.info.voices == ("en-voice",)
    assert speech.info.media_type == "audio/wav"
    said = [(mark.kind, mark.text) for mark in speech.marks]
    assert said[:3] == [
        (SpeechMarkKind.WORD, "Good"),
        (SpeechMarkKind.WORD, "evening."),
        (SpeechMarkKind.SENTENCE, "Good evening."),
    ]
    assert said[-1] == (SpeechMarkKind.SENTENCE, "One more sentence here.")
    assert all(0 <= mark.start <= mark.end <= speech.seconds for mark in speech.marks)
    assert speech.marks[1].source_start == 5


@pytest.mark.parametrize(
    ("encoding", "rate"),
    [
        (AudioEncoding.MP3, 22_050),
        (AudioEncoding.OGG_OPUS, 24_000),
        (AudioEncoding.FLAC, 22_050),
        (AudioEncoding.WAV, 22_050),
    ],
)
async def test_every_container_is_labelled_in_both_ways(
    client: AsyncClient, encoding: AudioEncoding, rate: int
) -> None:
    audio = SpeechAudio(encoding)
    speech = await client.synthesize("Hello there.", options=ENGLISH, audio=audio)
    received = await events(client, "Hello there.", options=ENGLISH, audio=audio)
    for data in (speech.audio, audio_of(received)):
        samples, decoded_rate = decoded(data)
        assert samples.size / decoded_rate == pytest.approx(speech.seconds, abs=0.12)
        assert speech.info.sample_rate == rate
        if encoding is not AudioEncoding.WAV:
            assert "en-voice" in str(mutagen.File(BytesIO(data)).tags)
        assert b"Synthetic speech, spoken by no person. Voice: en-voice" in data


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000])
async def test_headerless_encodings_at_any_rate(client: AsyncClient, rate: int) -> None:
    for encoding, width in ((AudioEncoding.LINEAR16, 2), (AudioEncoding.MULAW, 1)):
        audio = SpeechAudio(encoding, rate)
        speech = await client.synthesize("Hello there.", options=ENGLISH, audio=audio)
        assert len(speech.audio) / width / rate == pytest.approx(speech.seconds, abs=1e-3)
        assert f"rate={rate}" in speech.info.media_type


async def test_loudness_is_met_and_told(client: AsyncClient) -> None:
    text = "One two three four five six seven. Eight nine ten eleven twelve."
    for target in (-23.0, -16.0):
        audio = SpeechAudio(loudness=target)
        speech = await client.synthesize(text, options=ENGLISH, audio=audio)
        assert speech.loudness == pytest.approx(target, abs=0.2)


async def test_languages_are_told_apart_and_spoken_by_their_voices(client: AsyncClient) -> None:
    speech = await client.synthesize(
        "Қайырлы кеш, құрметті көрермендер. Добрый вечер, уважаемые зрители. Good evening to all."
    )
    assert speech.info.voices == ("kk-voice", "ru-voice", "en-voice")
    assert speech.info.sample_rate == 16_000
    sentences = [mark for mark in speech.marks if mark.kind is SpeechMarkKind.SENTENCE]
    assert [(mark.voice, mark.language) for mark in sentences] == [
        ("kk-voice", "kk"),
        ("ru-voice", "ru"),
        ("en-voice", "en"),
    ]


async def test_a_stream_is_one_file_without_gaps(client: AsyncClient) -> None:
    received = await events(
        client, "One two. Three ", "four five. Six", ".", options=ENGLISH, marks=True
    )
    started, finished = received[0], received[-1]
    assert isinstance(started, SpeechStarted)
    assert isinstance(finished, SpeechFinished)
    assert started.info.synthetic
    assert finished.info.synthetic
    assert started.info.voices == ("en-voice",)
    samples, rate = decoded(audio_of(received))
    assert samples.size / rate == pytest.approx(finished.seconds, abs=1e-3)
    # No click at any join: nothing steps more than the tone itself does.
    assert np.abs(np.diff(samples)).max() <= 0.25 * 2 * np.pi * 200 / rate * 1.1
    words = [
        mark
        for event in received
        if isinstance(event, SpeechTimes)
        for mark in event.marks
        if mark.kind is SpeechMarkKind.WORD
    ]
    assert [word.text for word in words] == ["One", "two.", "Three", "four", "five.", "Six."]
    assert all(one.end <= other.start + 1e-6 for one, other in pairwise(words))


async def test_a_sentence_is_heard_before_the_next_is_sent(client: AsyncClient) -> None:
    heard = asyncio.Event()

    async def conversation() -> AsyncIterator[str | Ssml | FlushSpeech]:
        yield "First sentence. And "
        await asyncio.wait_for(heard.wait(), 10)
        yield "the second."

    async for event in client.streaming_synthesize(conversation(), options=ENGLISH):
        if isinstance(event, SpeechBytes) and len(event.audio) > 1_000:
            heard.set()
    assert heard.is_set()


async def test_a_flush_speaks_what_is_there(client: AsyncClient) -> None:
    flushed = asyncio.Event()
    spoken: list[float] = []

    async def conversation() -> AsyncIterator[str | Ssml | FlushSpeech]:
        yield "Half a sentence"
        yield FLUSH
        await asyncio.wait_for(flushed.wait(), 10)
        yield " and the rest."

    received = bytearray()
    audio = SpeechAudio(AudioEncoding.LINEAR16)
    async for event in client.streaming_synthesize(conversation(), options=ENGLISH, audio=audio):
        if isinstance(event, SpeechBytes):
            received += event.audio
        if isinstance(event, SpeechFlushed):
            spoken.append(event.seconds)
            assert len(received) / 2 / 22_050 == pytest.approx(event.seconds, abs=1e-3)
            flushed.set()
    assert len(spoken) == 1
    assert spoken[0] == pytest.approx(0.2 + 3 * 0.2, abs=0.01)


async def test_cancelling_frees_the_worker_at_once(catalogue: None, tmp_path: Path) -> None:
    begun, release, calls = threading.Event(), threading.Event(), []

    def slow(task: Task) -> SynthesizedSpeech:
        calls.append(task)
        begun.set()
        assert release.wait(30)
        return tone(task)

    async with (
        speech_server(tmp_path, slow, max_speech_streams=1) as target,
        AsyncClient(target, retry=RetryPolicy(attempts=1)) as client,
    ):
        text = given("One sentence. Another one. And a third one. And a fourth one.", FLUSH)
        stream = client.streaming_synthesize(text, options=ENGLISH)
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.to_thread(begun.wait, 30)
        with pytest.raises(ResourceExhaustedError):
            await events(client, "Too many.", options=ENGLISH)
        with pytest.raises(ResourceExhaustedError, match="1 of 1 texts"):
            await client.synthesize("Too many.", options=ENGLISH)
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
        await stream.aclose()  # type: ignore[attr-defined]

        async def room() -> None:
            """A stream of no text is refused for another reason when there is room for it."""
            while True:
                try:
                    await events(client, options=ENGLISH)
                except InvalidArgumentError:
                    return
                except ResourceExhaustedError:
                    await asyncio.sleep(0.01)

        await asyncio.wait_for(room(), 10)  # while the worker still runs
        release.set()
        received = await events(client, "Free again.", options=ENGLISH)
        assert isinstance(received[-1], SpeechFinished)
    spoken = [task.payload.text for task in calls]
    assert spoken[0] == "One sentence."
    assert spoken[-1] == "Free again."
    assert len(spoken) == 2, "sentences that waited were withdrawn"


async def test_a_megabyte_of_text_is_spoken_as_it_is_read(catalogue: None, tmp_path: Path) -> None:
    """The server reads no faster than the client listens, and a client that leaves ends it."""
    spoken = 0

    def counted(task: Task) -> object:
        nonlocal spoken
        spoken += 1
        return in_pieces(task)

    sent = 0

    async def text() -> AsyncIterator[str | Ssml | FlushSpeech]:
        nonlocal sent
        piece = "This sentence has eight words in it again. " * 90
        while sent < 1_000_000:
            sent += len(piece)
            yield piece

    async with speech_server(tmp_path, counted) as target, AsyncClient(target) as client:
        stream = client.streaming_synthesize(text(), options=ENGLISH)
        heard = 0
        async with aclosing(stream):  # type: ignore[type-var]
            async for event in stream:
                heard += isinstance(event, SpeechBytes)
                if heard == 1:
                    break
        assert spoken < 300, "of some 23 000 sentences"


@pytest.mark.parametrize(
    ("text", "options", "audio", "field"),
    [
        ("", SpeechOptions(), SpeechAudio(), "text"),
        ("  \n ", SpeechOptions(), SpeechAudio(), "text"),
        ("a " * 5_001, ENGLISH, SpeechAudio(), "text"),
        (Ssml("<speak>" + " " * 20_000 + "</speak>"), ENGLISH, SpeechAudio(), "ssml"),
        ("Hi.", SpeechOptions(language="xx"), SpeechAudio(), "config.language"),
        ("Hi.", SpeechOptions(rate=0.1), SpeechAudio(), "config.rate"),
        ("Hi.", SpeechOptions(rate=float("nan")), SpeechAudio(), "config.rate"),
        ("Hi.", SpeechOptions(rate=-1), SpeechAudio(), "config.rate"),
        ("Hi.", SpeechOptions(pitch=13), SpeechAudio(), "config.pitch"),
        ("Hi.", SpeechOptions(pitch=float("inf")), SpeechAudio(), "config.pitch"),
        ("Hi.", SpeechOptions(volume=21), SpeechAudio(), "config.volume"),
        ("Hi.", SpeechOptions(speaker="m1"), SpeechAudio(), "config.speaker"),
        ("Hi.", SpeechOptions("kk-voice", speaker="x"), SpeechAudio(), "config.speaker"),
        ("Hi.", SpeechOptions("kk-voice", "en"), SpeechAudio(), "config.language"),
        ("Hi.", SpeechOptions("whisper-base"), SpeechAudio(), "config.voice"),
        ("Hi.", SpeechOptions(voices={"kk": "en-voice"}), SpeechAudio(), "config.voices[kk]"),
        ("Hi.", SpeechOptions(voices={"xx": "en-voice"}), SpeechAudio(), "config.voices"),
        (
            "Hi.",
            SpeechOptions(lexicon=(Pronunciation("a"),)),
            SpeechAudio(),
            "config.lexicon[0].respelling",
        ),
        (
            "Hi.",
            SpeechOptions(lexicon=(Pronunciation("a", "b"), Pronunciation("A", "c"))),
            SpeechAudio(),
            "config.lexicon[1].word",
        ),
        (
            "Hi.",
            SpeechOptions(lexicon=(Pronunciation(" ", "b"),)),
            SpeechAudio(),
            "config.lexicon[0].word",
        ),
        ("Hi.", ENGLISH, SpeechAudio(AudioEncoding.FLOAT32), "audio_config.encoding"),
        ("Hi.", ENGLISH, SpeechAudio(sample_rate=4_000), "audio_config.sample_rate_hertz"),
        (
            "Hi.",
            ENGLISH,
            SpeechAudio(AudioEncoding.OGG_OPUS, 44_100),
            "audio_config.sample_rate_hertz",
        ),
        ("Hi.", ENGLISH, SpeechAudio(loudness=0), "audio_config.loudness_lufs"),
        ("Hi.", ENGLISH, SpeechAudio(loudness=float("nan")), "audio_config.loudness_lufs"),
        ("Hi.", ENGLISH, SpeechAudio(bit_rate=64_000), "audio_config.bit_rate"),
    ],
)
async def test_what_is_wrong_is_named(
    client: AsyncClient, text: str | Ssml, options: SpeechOptions, audio: SpeechAudio, field: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await client.synthesize(text, options=options, audio=audio)
    assert [violation.field for violation in caught.value.violations] == [field]


async def test_a_voice_that_is_not_there_is_not_found(client: AsyncClient) -> None:
    with pytest.raises(NotFoundError, match=r"config\.voice.*kk-voise.*kk-voice, en-voice"):
        await client.synthesize("Сәлем.", options=SpeechOptions("kk-voise"))


async def test_wrong_ssml_tells_line_and_element(client: AsyncClient) -> None:
    document = Ssml("<speak>\n  Hello <blink>there</blink>.\n</speak>")
    with pytest.raises(InvalidArgumentError, match=r"line 2.*blink"):
        await client.synthesize(document, options=ENGLISH)
    received = events(client, "Fine so far. ", document, options=ENGLISH)
    with pytest.raises(InvalidArgumentError, match=r"line 2.*blink"):
        await received


async def test_ssml_is_spoken_with_its_breaks_and_marks(client: AsyncClient) -> None:
    document = Ssml('<speak>One <break time="700ms"/> two <mark name="here"/> three.</speak>')
    speech = await client.synthesize(document, options=ENGLISH)
    [here] = [mark for mark in speech.marks if mark.kind is SpeechMarkKind.MARK]
    assert here.text == "here"
    words = [mark for mark in speech.marks if mark.kind is SpeechMarkKind.WORD]
    assert words[1].end <= here.start <= words[2].start
    assert words[1].start - words[0].end >= 0.7


async def test_too_much_speech_for_one_answer(catalogue: None, tmp_path: Path) -> None:
    async with (
        speech_server(tmp_path, max_audio_seconds=2.0) as target,
        AsyncClient(target) as client,
    ):
        with pytest.raises(InvalidArgumentError, match="over 2 s, the limit; stream it"):
            await client.synthesize("one two three four five six. " * 5, options=ENGLISH)


async def test_the_key_is_asked_for(catalogue: None, tmp_path: Path) -> None:
    from hashlib import sha256

    digest = sha256(b"secret").hexdigest()
    async with speech_server(tmp_path, api_key_sha256=digest) as target:
        async with AsyncClient(target) as stranger:
            with pytest.raises((UnauthenticatedError, PermissionDeniedError)):
                await stranger.synthesize("Hi.", options=ENGLISH)
            with pytest.raises((UnauthenticatedError, PermissionDeniedError)):
                await events(stranger, "Hi.", options=ENGLISH)
        async with AsyncClient(target, api_key="secret") as known:
            assert (await known.synthesize("Hi.", options=ENGLISH)).audio


async def test_the_blocking_client_speaks(catalogue: None, tmp_path: Path) -> None:
    async with speech_server(tmp_path) as target:

        def use() -> tuple[int, list[str]]:
            with Client(target) as client:
                voices = client.list_voices("kk")
                whole = client.synthesize("Hello there.", options=ENGLISH)
                stream = client.streaming_synthesize(["Hello ", "there."], options=ENGLISH)
                kinds = [type(event).__name__ for event in stream]
                assert whole.info.synthetic
                return len(voices), kinds

        count, kinds = await asyncio.to_thread(use)
    assert count >= 2
    assert kinds[0] == "SpeechStarted"
    assert kinds[-1] == "SpeechFinished"


async def test_the_notice_and_the_tag_are_heard(client: AsyncClient) -> None:
    audio = SpeechAudio(spoken_notice=True, audible_tag=True)
    speech = await client.synthesize("Hello there.", options=ENGLISH, audio=audio)
    sentences = [mark.text for mark in speech.marks if mark.kind is SpeechMarkKind.SENTENCE]
    assert sentences == ["This text is read by a synthetic voice.", "Hello there."]
    samples, rate = decoded(speech.audio)
    quiet = samples[: round(0.09 * rate)]
    assert 0.005 < np.abs(quiet).max() < 0.3


async def test_words_are_said_as_the_lexicons_have_them(catalogue: None, tmp_path: Path) -> None:
    own = tmp_path / "lexicon.tsv"
    own.write_text("NATO\ten\tnay toe\nUNESCO\ten\tyou nesco\n", encoding="utf-8")
    said: list[str] = []

    def listening(task: Task) -> object:
        said.append(task.payload.text)
        return in_pieces(task)

    async with (
        speech_server(tmp_path, listening, lexicon=own) as target,
        AsyncClient(target) as client,
    ):
        mine = SpeechOptions(language="en", lexicon=(Pronunciation("NATO", "the alliance"),))
        await client.synthesize("NATO and UNESCO met.", options=ENGLISH)
        await client.synthesize("NATO and UNESCO met.", options=mine)
    assert said == ["nay toe and you nesco met.", "the alliance and you nesco met."]
    own.write_text("NATO\txx\tnay toe\n", encoding="utf-8")
    with pytest.raises(InvalidArgument, match=r"DAUYS_LEXICON .*line 1, language"):
        async with speech_server(tmp_path, lexicon=own):
            pass


async def test_what_the_text_raises_is_raised(client: AsyncClient) -> None:
    """Not as a cancellation, which a task group would take for its own."""

    async def broken() -> AsyncIterator[str]:
        yield "Hi there. "
        raise LookupError("the teleprompter is gone")

    with pytest.raises(LookupError, match="teleprompter"):
        async for _ in client.streaming_synthesize(broken(), options=ENGLISH):
            pass
    with pytest.raises(UnicodeEncodeError):
        await events(client, "Half a pair: \ud800", options=ENGLISH)
    assert await events(client, "Hi there.", options=ENGLISH)


async def test_cancelling_whose_text_waits_is_a_cancellation(client: AsyncClient) -> None:
    async def endless() -> AsyncIterator[str]:
        yield "Hi there. And then we go on"
        await asyncio.Event().wait()

    async def read() -> None:
        async for event in client.streaming_synthesize(endless(), options=ENGLISH):
            if isinstance(event, SpeechBytes):
                heard.set()

    heard = asyncio.Event()
    reading = asyncio.create_task(read())
    await asyncio.wait_for(heard.wait(), 20)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


@pytest.mark.parametrize("name", ["v" * 100_000, "Қ" * 100_000], ids=["ascii", "cyrillic"])
async def test_a_long_wrong_name_is_not_sent_back_whole(client: AsyncClient, name: str) -> None:
    """It would be too long for headers, and told as an exhausted resource."""
    with pytest.raises(NotFoundError) as missing:
        await client.synthesize("Hi.", options=SpeechOptions(voice=name))
    assert len(missing.value.message) < 700
    assert name[:200] not in missing.value.message
    with pytest.raises(InvalidArgumentError) as wrong:
        await client.synthesize("Hi.", options=SpeechOptions(language=name))
    assert [violation.field for violation in wrong.value.violations] == ["config.language"]
