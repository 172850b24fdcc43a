"""Speech as bytes: what other programs read of it, and what it says of itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from fractions import Fraction
from io import BytesIO
from typing import Any, get_args

import av
import mutagen
import numpy as np
import pytest

from foundation.errors import InvalidArgument
from foundation.synthesis import Waveform
from streaming.synthesis.encoding import (
    DIGITAL_SOURCE_TYPE,
    FileEncoder,
    Provenance,
    SpeechEncoder,
    SpeechEncoding,
    SpeechFormat,
    StreamEncoder,
    encoding_of,
)

ENCODINGS = get_args(SpeechEncoding)
CONTAINERS = ("wav", "flac", "ogg-opus", "mp3")
HEADERLESS = {"linear16": "s16le", "mulaw": "mulaw", "alaw": "alaw"}
PROVENANCE = Provenance(
    ("piper-en-joe",), "anna", "en", datetime(2026, 11, 26, 12, 30, 15, tzinfo=UTC)
)


def tone(seconds: float, rate: int) -> Waveform:
    times = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)


def encoded(encoder: SpeechEncoder, samples: Waveform, chunk: int = 1000) -> bytes:
    parts = [encoder.encode(samples[n : n + chunk]) for n in range(0, samples.size, chunk)]
    return b"".join([*parts, encoder.finish()])


def decoded(data: bytes, encoding: str, rate: int) -> Waveform:
    options = {"sample_rate": str(rate), "ch_layout": "mono"} if encoding in HEADERLESS else {}
    with av.open(BytesIO(data), format=HEADERLESS.get(encoding), options=options) as container:
        resampler = av.AudioResampler(format="fltp", layout="mono", rate=rate)
        frames = [
            out for frame in container.decode(audio=0) for out in resampler.resample(frame)
        ] + resampler.resample(None)
    return np.concatenate([frame.to_ndarray()[0] for frame in frames])


@pytest.mark.parametrize("maker", [StreamEncoder, FileEncoder])
@pytest.mark.parametrize("rate", [8_000, 24_000, 48_000])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_others_hear_what_was_encoded(
    maker: type[StreamEncoder | FileEncoder], encoding: SpeechEncoding, rate: int
) -> None:
    given = tone(1.0, rate)
    data = encoded(maker(SpeechFormat(encoding), rate, PROVENANCE), given)
    heard = decoded(data, encoding, rate)
    # Lossy codecs add frames around the audio; MP3 says how many in the header of a whole file.
    assert given.size - 0.01 * rate <= heard.size <= given.size + 0.2 * rate
    middle = heard[heard.size // 2 - rate // 8 : heard.size // 2 + rate // 8]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.3 / np.sqrt(2), rel=0.06)
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    assert np.fft.rfftfreq(middle.size, 1 / rate)[spectrum.argmax()] == pytest.approx(440, abs=5)


@pytest.mark.parametrize("encoding", ["wav", "linear16", "flac"])
def test_lossless_encodings_give_every_sample_back(encoding: SpeechEncoding) -> None:
    given = tone(0.5, 22_050)
    heard = decoded(
        encoded(StreamEncoder(SpeechFormat(encoding), 22_050, PROVENANCE), given), encoding, 22_050
    )
    assert heard.size == given.size
    assert np.abs(heard - given).max() <= 1 / 32_767


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_gives_bytes_as_samples_come(encoding: SpeechEncoding) -> None:
    encoder = StreamEncoder(SpeechFormat(encoding), 24_000, PROVENANCE)
    # 0.4 s in: all but the codec's own delay and its last frame or page are out.
    early = encoder.encode(tone(0.4, 24_000))
    rest = encoder.encode(tone(2.0, 24_000)) + encoder.finish()
    assert decoded(early + rest, encoding, 24_000).size >= 2.4 * 24_000 * 0.99
    assert decoded(early, encoding, 24_000).size >= 0.2 * 24_000


def fields(data: bytes) -> Mapping[str, str]:
    """What mutagen reads, by lower-case name."""
    tags: Any = mutagen.File(BytesIO(data)).tags
    found: dict[str, str] = {}
    for name, value in tags.items():
        text = value.text[0] if hasattr(value, "text") else value[0]
        found[name.removeprefix("TXXX:").lower()] = str(text)
    return found


@pytest.mark.parametrize("maker", [StreamEncoder, FileEncoder])
@pytest.mark.parametrize("encoding", ["flac", "ogg-opus", "mp3"])
def test_containers_say_that_nobody_spoke(
    maker: type[StreamEncoder | FileEncoder], encoding: SpeechEncoding
) -> None:
    tags = fields(encoded(maker(SpeechFormat(encoding), 24_000, PROVENANCE), tone(0.3, 24_000)))
    assert tags["synthetic"] == "true"
    assert tags["model"] == "piper-en-joe"
    assert tags["voice"] == "piper-en-joe (speaker anna)"
    assert tags["software"].startswith("Dauys ")
    assert tags["created"] == "2026-11-26T12:30:15+00:00"
    assert tags["digital_source_type"] == DIGITAL_SOURCE_TYPE
    assert any(
        value.startswith("Synthetic speech, spoken by no person.") for value in tags.values()
    )


@pytest.mark.parametrize("maker", [StreamEncoder, FileEncoder])
def test_wav_says_it_in_its_info_list_and_its_broadcast_extension(
    maker: type[StreamEncoder | FileEncoder],
) -> None:
    data = encoded(maker(SpeechFormat("wav"), 22_050, PROVENANCE), tone(0.3, 22_050))
    chunks = riff_chunks(data)
    bext = chunks[b"bext"]
    description = bext[:256].rstrip(b"\0").decode("ascii")
    assert description.startswith("Synthetic speech, spoken by no person. Voice: piper-en-joe")
    assert bext[256:288].rstrip(b"\0") == b"Dauys synthetic speech"
    assert bext[320:338] == b"2026-11-2612:30:15"
    assert bext[602:].rstrip(b"\0").startswith(b"A=PCM,F=22050,W=16,M=mono,T=synthetic speech")
    info = chunks[b"LIST"]
    assert info.startswith(b"INFO")
    for wanted in (b"ICMT", b"Synthetic speech, spoken by no person.", b"ISFT", b"Dauys ", b"ICRD"):
        assert wanted in info
    with av.open(BytesIO(data)) as container:
        assert container.metadata["comment"].startswith("Synthetic speech")


def riff_chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks before the samples, and theirs."""
    assert data[:4] == b"RIFF"
    assert data[8:12] == b"WAVE"
    position, found = 12, {}
    while position < len(data):
        name, size = (
            data[position : position + 4],
            int.from_bytes(data[position + 4 :][:4], "little"),
        )
        found[name] = data[position + 8 : position + 8 + size]
        position += 8 + size + size % 2
    return found


def test_a_whole_files_header_tells_its_length() -> None:
    given = tone(1.5, 24_000)
    for encoding in CONTAINERS:
        data = encoded(FileEncoder(SpeechFormat(encoding), 24_000, PROVENANCE), given)  # type: ignore[arg-type]
        length = mutagen.File(BytesIO(data)).info.length
        assert length == pytest.approx(1.5, abs=0.08), encoding


def test_nothing_spoken_is_a_file_all_the_same() -> None:
    for encoding in CONTAINERS:
        data = encoded(FileEncoder(SpeechFormat(encoding), 24_000, PROVENANCE), tone(0, 24_000))  # type: ignore[arg-type]
        assert data


def test_samples_out_of_range_are_clipped_not_wrapped() -> None:
    loud = np.array([2.0, -2.0, 1.0, -1.0], dtype=np.float32)
    data = encoded(StreamEncoder(SpeechFormat("linear16"), 8_000, PROVENANCE), loud)
    assert np.frombuffer(data, "<i2").tolist() == [32_767, -32_768, 32_767, -32_767]


@pytest.mark.parametrize(
    ("speech_format", "field"),
    [
        (SpeechFormat("wav", 7_999), "audio_config.sample_rate_hertz"),
        (SpeechFormat("wav", 48_001), "audio_config.sample_rate_hertz"),
        (SpeechFormat("ogg-opus", 22_050), "audio_config.sample_rate_hertz"),
        (SpeechFormat("mp3", 9_000), "audio_config.sample_rate_hertz"),
        (SpeechFormat("wav", bit_rate=64_000), "audio_config.bit_rate"),
        (SpeechFormat("mp3", bit_rate=7_999), "audio_config.bit_rate"),
        (SpeechFormat("mp3", bit_rate=-1), "audio_config.bit_rate"),
        (SpeechFormat("aac"), "audio_config.encoding"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_encoded_is_refused_by_name(speech_format: SpeechFormat, field: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        speech_format.validate()
    assert caught.value.field == field


@pytest.mark.parametrize(
    ("encoding", "native", "sent"),
    [
        ("wav", 22_050, 22_050),
        ("ogg-opus", 22_050, 24_000),
        ("ogg-opus", 16_000, 16_000),
        ("mp3", 22_050, 22_050),
        ("mp3", 20_000, 22_050),
        ("ogg-opus", 44_100, 48_000),
        ("wav", 96_000, 48_000),
    ],
)
def test_a_voices_own_rate_or_the_next_that_loses_nothing(
    encoding: SpeechEncoding, native: int, sent: int
) -> None:
    assert SpeechFormat(encoding).rate_for(native) == sent
    assert SpeechFormat(encoding, 8_000).rate_for(native) == 8_000


def test_an_ending_names_the_encoding() -> None:
    assert encoding_of("Sälem.MP3") == "mp3"
    assert encoding_of("a.b.ogg") == encoding_of("a.opus") == "ogg-opus"
    with pytest.raises(InvalidArgument, match=r"\.wav"):
        encoding_of("speech.aac")


def test_pauses_cost_little_and_time_bases_stay_exact() -> None:
    """A stream of an odd rate keeps its clock: the last packet ends where the samples end."""
    rate = 22_050
    data = encoded(StreamEncoder(SpeechFormat("flac"), rate, PROVENANCE), tone(3.7, rate), 997)
    with av.open(BytesIO(data)) as container:
        last = list(container.decode(audio=0))[-1]
        assert last.pts is not None
        assert last.time_base is not None
        end = last.pts * last.time_base + Fraction(last.samples, rate)
    assert end == Fraction(round(3.7 * rate), rate)


class SlowFile(BytesIO):
    """Says when it is written on, and is slow at that."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def write(self, data: Any) -> int:
        self.begun.set()
        time.sleep(0.005)
        return super().write(data)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_closing_waits_for_what_another_thread_encodes(encoding: SpeechEncoding) -> None:
    # Who cancels a call leaves its thread behind. Closing under it ended the whole process.
    file = SlowFile()
    encoder = FileEncoder(SpeechFormat(encoding), 24_000, PROVENANCE, file)
    with ThreadPoolExecutor() as threads:
        writing = threads.submit(encoder.encode, tone(4, 24_000))
        assert file.begun.wait(10)
        encoder.close()
        written = file.getvalue()
        writing.result(10)
        encoder.encode(tone(1, 24_000))
        encoder.finish()
    assert file.getvalue() == written
