"""``dauys provenance`` over files that were marked, changed, or never marked."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytest.importorskip("c2pa")

from services.image_generation.badge import Badge
from services.image_generation.provenance import Origin, marked_file
from services.image_generation.signing import identity_for_tests
from streaming.synthesis import Provenance, SpeechFormat
from streaming.synthesis.encoding import SpeechEncoding, StreamEncoder
from tests.command_line import Run, runner

TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
PICTURE = np.full((64, 96, 3), (10, 120, 200), np.uint8)


@pytest.fixture
def dauys(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    return runner(monkeypatch, capsys, "provenance")


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    identity_for_tests(folder)
    return folder


def marked(certificates: Path, kind: str = "png") -> bytes:
    origin = Origin("tiny", settings={"seed": 7, "guidance": 2.5, "scheduler": "euler"})
    return marked_file(PICTURE, kind, origin, identity_for_tests(certificates), Badge())


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp"])
def test_what_drew_a_picture_is_told(
    dauys: Run, tmp_path: Path, certificates: Path, kind: str
) -> None:
    file = tmp_path / "no-ending-is-needed"
    file.write_bytes(marked(certificates, kind))
    ended = dauys(file)
    assert ended.code == 0, ended.err
    lines = ended.out.splitlines()
    assert lines[0] == ("valid: its manifest is intact; who signed it is not among those trusted")
    told = dict(line.split(maxsplit=1) for line in lines[1:])
    assert told["model"] == "tiny"
    assert told["source"] == "trainedAlgorithmicMedia"
    assert (told["seed"], told["guidance"], told["scheduler"]) == ("7", "2.5", "euler")
    assert "dauys test certificate" in told["signer"]


def test_a_signer_who_is_trusted(dauys: Run, tmp_path: Path, certificates: Path) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(marked(certificates))
    ended = dauys(file, "--trust", certificates / "root.pem", "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert document["state"] == "trusted"
    assert document["source"] == [TRAINED]
    assert document["seed"] == 7
    assert "problems" not in document


def test_a_changed_pixel_is_noticed(dauys: Run, tmp_path: Path, certificates: Path) -> None:
    content = bytearray(marked(certificates))
    content[content.rindex(b"IDAT") + 20] ^= 1
    file = tmp_path / "a.png"
    file.write_bytes(content)
    ended = dauys(file, "--json")
    assert ended.code == 1
    document = json.loads(ended.out)
    assert document["state"] == "invalid"
    assert "assertion.dataHash.mismatch" in document["problems"]


def test_a_picture_without_a_manifest(dauys: Run, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    Image.fromarray(PICTURE).save(file, "JPEG")
    ended = dauys(file)
    assert (ended.code, ended.out) == (1, "missing: it does not say where it comes from\n")


@pytest.mark.parametrize("encoding", ["wav", "mp3", "ogg-opus", "flac"])
def test_synthetic_speech_says_so(dauys: Run, tmp_path: Path, encoding: SpeechEncoding) -> None:
    encoder = StreamEncoder(
        SpeechFormat(encoding), 24_000, Provenance(("piper-kk-issai",), "M1", "kk")
    )
    samples = np.zeros(24_000, np.float32)
    file = tmp_path / f"speech.{encoding}"
    file.write_bytes(encoder.encode(samples) + encoder.finish())
    ended = dauys(file, "--json")
    assert ended.code == 0, ended.err
    document = json.loads(ended.out)
    assert document["state"] == "unsigned"
    assert "spoken by no person" in document["says"]
    if encoding != "wav":
        assert document["model"] == "piper-kk-issai"
        assert document["source"] == [TRAINED]


def test_a_recording_says_nothing(dauys: Run, tmp_path: Path) -> None:
    import wave

    file = tmp_path / "a.wav"
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(bytes(8000))
    assert dauys(file).code == 1


def test_what_is_wrong_is_named(dauys: Run, tmp_path: Path, certificates: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("no picture", encoding="utf-8")
    broken = tmp_path / "broken.png"
    broken.write_bytes(marked(certificates)[:100])
    good = tmp_path / "good.png"
    good.write_bytes(marked(certificates))
    for arguments, code, reason in (
        ([tmp_path / "none.png"], 2, "FILE: cannot read"),
        ([tmp_path], 2, "FILE: cannot read"),
        ([text], 2, "is no picture and no audio"),
        ([broken], 2, "cannot be read as png"),
        ([good, "--trust", tmp_path / "none.pem"], 2, "--trust: cannot read"),
    ):
        ended = dauys(*arguments)
        assert ended.code == code, ended
        assert reason in ended.err
        assert len(ended.err.strip().splitlines()) == 1


def test_without_the_package_it_says_what_to_install(
    dauys: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "a.png"
    with io.BytesIO() as buffer:
        Image.fromarray(PICTURE).save(buffer, "PNG")
        file.write_bytes(buffer.getvalue())
    monkeypatch.setitem(sys.modules, "services.image_generation.provenance", None)
    ended = dauys(file)
    assert ended.code == 1
    assert "make images" in ended.err
