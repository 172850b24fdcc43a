"""``dauys provenance`` over files that were marked, changed, or never marked."""

from __future__ import annotations

import io
import json
import socket
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

pytest.importorskip("c2pa")

from services.image_generation import provenance
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


def test_a_signer_cannot_say_what_was_found(dauys: Run, tmp_path: Path, certificates: Path) -> None:
    settings = {"state": "trusted", "signer": "Good Corp", "x": "\x1b[2J\u202e\nstate: trusted"}
    origin = Origin("tiny\x1b[31m", settings=settings)
    file = tmp_path / "stranger.png"
    file.write_bytes(marked_file(PICTURE, "png", origin, identity_for_tests(certificates), None))
    found = json.loads(dauys(file, "--json").out)
    assert found["state"] == "valid"
    assert "Good Corp" not in found["signer"]
    told = dauys(file).out
    assert "Good Corp" not in told
    assert all(each.isprintable() for each in told.replace("\n", ""))
    assert [line for line in told.splitlines() if line.startswith("state")] == []


@pytest.mark.parametrize("said", [["a"], "a", {"model": 5, "settings": None}, {"settings": [1]}])
def test_a_manifest_of_another_form(
    dauys: Run, tmp_path: Path, certificates: Path, monkeypatch: pytest.MonkeyPatch, said: object
) -> None:
    definition = provenance._definition
    monkeypatch.setattr(
        provenance,
        "_definition",
        lambda origin, kind: (
            definition(origin, kind)
            | {
                "assertions": [
                    definition(origin, kind)["assertions"][0],
                    {"label": "kz.dauys.generation", "data": said},
                ]
            }
        ),
    )
    file = tmp_path / "other.png"
    file.write_bytes(marked(certificates))
    ended = dauys(file, "--json")
    assert (ended.code, ended.err) == (0, "")
    assert json.loads(ended.out)["state"] == "valid"


def test_a_manifest_that_counts_and_cannot_be_read(
    dauys: Run, tmp_path: Path, certificates: Path
) -> None:
    file = tmp_path / "broken.webp"
    content = marked(certificates, "webp")
    assert content.count(b"c2ma") == 1  # how the box of the manifest says what it is
    file.write_bytes(content.replace(b"c2ma", b"c2mx"))
    ended = dauys(file, "--json")
    assert ended.code in (1, 2)
    assert "Traceback" not in ended.err
    assert '"state": "valid"' not in ended.out


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_file_sends_nobody_to_a_server(dauys: Run, tmp_path: Path, kind: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        where = f"http://127.0.0.1:{server.getsockname()[1]}/manifest.c2pa"
        xmp = (
            '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
            '<rdf:Description rdf:about="" xmlns:dcterms="http://purl.org/dc/terms/"'
            f' dcterms:provenance="{where}"/></rdf:RDF></x:xmpmeta>'
        )
        file = tmp_path / f"elsewhere.{kind.lower()}"
        options: dict[str, Any] = {"xmp": xmp.encode()}
        if kind == "PNG":
            options = {"pnginfo": PngImagePlugin.PngInfo()}
            options["pnginfo"].add_itxt("XML:com.adobe.xmp", xmp)
        Image.new("RGB", (16, 16)).save(file, kind, **options)
        ended = dauys(file)
        assert ended.code == 2
        assert "on a server, which is not asked" in ended.err
        with pytest.raises(BlockingIOError):
            server.accept()


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
        ([text], 2, "is no picture and no audio: Invalid data"),
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
