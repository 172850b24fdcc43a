"""Marked files, judged by the reader of C2PA itself and by Pillow."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

c2pa = pytest.importorskip("c2pa")

from foundation.errors import FailedPrecondition, InvalidArgument  # noqa: E402
from foundation.images import Picture  # noqa: E402
from services.image_generation.badge import Badge, with_badge  # noqa: E402
from services.image_generation.mapping import MEDIA_TYPES  # noqa: E402
from services.image_generation.provenance import (  # noqa: E402
    Origin,
    marked_file,
    read_manifest,
)
from services.image_generation.signing import (  # noqa: E402
    SigningIdentity,
    identity_for_tests,
    load_identity,
)

ORIGIN = Origin("tiny", settings={"seed": 7, "guidance": 2.5, "scheduler": "euler"})
TRAINED = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("certificates")


@pytest.fixture(scope="module")
def identity(folder: Path) -> SigningIdentity:
    return identity_for_tests(folder)


@pytest.fixture(scope="module")
def picture() -> Picture:
    across, down = np.meshgrid(np.linspace(0, 255, 160), np.linspace(0, 255, 96))
    return np.stack([across, down, 255 - across], axis=-1).astype(np.uint8)


@pytest.mark.parametrize("kind", MEDIA_TYPES)
def test_the_library_reads_the_manifest_back(
    kind: str, picture: Picture, identity: SigningIdentity, folder: Path
) -> None:
    content = marked_file(picture, kind, ORIGIN, identity, None)
    # Not by our reader first: by the library's.
    with c2pa.Reader(MEDIA_TYPES[kind], io.BytesIO(content)) as reader:
        assert reader.get_validation_state() == "Valid"
        store = json.loads(reader.json())
    assert [one["code"] for one in store["validation_status"]] == ["signingCredential.untrusted"]
    active = store["manifests"][store["active_manifest"]]
    action = active["assertions"][0]["data"]["actions"][0]
    assert (action["action"], action["digitalSourceType"]) == ("c2pa.created", TRAINED)

    known = read_manifest(content, kind, (folder / "root.pem").read_text())
    assert known is not None
    assert (known.state, known.problems) == ("Trusted", ())
    assert known.source_types == (TRAINED,)
    assert (known.model, dict(known.settings)) == ("tiny", dict(ORIGIN.settings))
    assert "not to be trusted" in known.signer

    opened = Image.open(io.BytesIO(content))
    assert opened.getxmp()["xmpmeta"]["RDF"]["Description"]["DigitalSourceType"] == TRAINED
    if kind == "png":
        assert np.array_equal(np.asarray(opened.convert("RGB")), picture)


def test_a_picture_painted_anew_in_part_says_so(
    picture: Picture, identity: SigningIdentity
) -> None:
    content = marked_file(picture, "png", replace(ORIGIN, inpainted=True), identity, None)
    found = read_manifest(content, "png")
    assert found is not None
    assert found.source_types == (TRAINED.replace("trained", "compositeWithTrained"),)
    assert found.source_types[0].encode() in content.split(b"IDAT")[0]


def test_a_changed_pixel_breaks_the_manifest(picture: Picture, identity: SigningIdentity) -> None:
    # Near its end a JPEG is the scan: any bit there is pixels.
    content = bytearray(marked_file(picture, "jpeg", ORIGIN, identity, None))
    before = np.asarray(Image.open(io.BytesIO(content)))
    content[-40] ^= 0x10
    after = np.asarray(Image.open(io.BytesIO(content)))
    assert before.shape == after.shape
    assert not np.array_equal(before, after)
    found = read_manifest(bytes(content), "jpeg")
    assert found is not None
    assert found.state == "Invalid"
    assert "assertion.dataHash.mismatch" in found.problems


def test_a_manifest_moved_to_another_picture_does_not_hold(
    picture: Picture, identity: SigningIdentity
) -> None:
    signed = marked_file(picture, "png", ORIGIN, identity, None)
    other = picture.copy()
    other[0, 0] = 255 - other[0, 0]
    theirs = _png_chunks(marked_file(other, "png", ORIGIN, identity, None))
    mixed = [
        next(chunk for chunk in theirs if chunk[4:8] == b"IDAT") if one[4:8] == b"IDAT" else one
        for one in _png_chunks(signed)
    ]
    content = signed[:8] + b"".join(mixed)
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(content)).convert("RGB")), other)
    found = read_manifest(content, "png")
    assert found is not None
    assert found.state == "Invalid"
    assert "assertion.dataHash.mismatch" in found.problems


def _png_chunks(content: bytes) -> list[bytes]:
    chunks, place = [], 8
    while place < len(content):
        length = 12 + int.from_bytes(content[place : place + 4], "big")
        chunks.append(content[place : place + length])
        place += length
    return chunks


def test_files_without_a_manifest_and_without_a_picture(picture: Picture) -> None:
    plain = io.BytesIO()
    Image.fromarray(picture).save(plain, "PNG")
    assert read_manifest(plain.getvalue(), "png") is None
    with pytest.raises(InvalidArgument, match="content: cannot be read as png"):
        read_manifest(b"no picture at all", "png")
    with pytest.raises(InvalidArgument, match="'gif' is not one of png, jpeg, webp"):
        read_manifest(b"", "gif")


def test_the_format_is_checked(picture: Picture, identity: SigningIdentity) -> None:
    with pytest.raises(InvalidArgument, match="'bmp' is not one of png, jpeg, webp"):
        marked_file(picture, "bmp", ORIGIN, identity, None)


def test_the_certificate_is_made_once_and_kept_private(tmp_path: Path) -> None:
    folder = tmp_path / "made" / "here"
    first, again = identity_for_tests(folder), identity_for_tests(folder)
    assert first == again
    assert first.for_tests
    assert "PRIVATE" not in repr(first)
    assert (folder / "key.pem").stat().st_mode & 0o077 == 0
    own = load_identity(folder / "certificate.pem", folder / "key.pem")
    assert (own.algorithm, own.for_tests) == ("es256", False)
    # A broken one is made anew.
    (folder / "certificate.pem").write_text("nothing")
    assert identity_for_tests(folder) != first


def test_certificates_that_do_not_fit_are_refused(
    tmp_path: Path, picture: Picture, identity: SigningIdentity
) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    identity_for_tests(one)
    identity_for_tests(other)
    with pytest.raises(FailedPrecondition, match="is not the key of the certificate"):
        load_identity(one / "certificate.pem", other / "key.pem")
    with pytest.raises(FailedPrecondition, match="cannot be read as PEM"):
        load_identity(one / "absent.pem", one / "key.pem")
    with pytest.raises(FailedPrecondition, match="cannot be read as PEM"):
        load_identity(one / "key.pem", one / "key.pem")
    with pytest.raises(FailedPrecondition, match="cannot be signed"):
        marked_file(picture, "png", ORIGIN, replace(identity, certificates="broken"), None)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_the_badge_stands_in_its_corner(corner: str, language: str) -> None:
    grey = np.full((300, 400, 3), 128, np.uint8)
    badge = Badge(corner=corner, language=language, size_percent=5)  # type: ignore[arg-type]
    drawn = with_badge(grey, badge)
    assert np.array_equal(grey, np.full_like(grey, 128))
    rows, columns = np.nonzero((drawn != 128).any(axis=2))
    assert (rows.max() < 60) == corner.startswith("top")
    assert (rows.min() > 240) == corner.startswith("bottom")
    assert (columns.max() < 200) == corner.endswith("left")
    assert (columns.min() > 200) == corner.endswith("right")
    # Letters and box are both there, in good contrast.
    assert (drawn == 255).all(axis=2).sum() > 30
    assert drawn.min() < 60


def test_the_badge_follows_the_size_and_fits_small_pictures() -> None:
    def area(badge: Badge, side: int) -> int:
        grey = np.full((side, side, 3), 128, np.uint8)
        return int((with_badge(grey, badge) != 128).any(axis=2).sum())

    assert area(Badge(size_percent=6), 500) > 3 * area(Badge(size_percent=3), 500)
    assert 0 < area(Badge(), 64) < 64 * 64
    for values in ({"size_percent": 50.0}, {"corner": "middle"}, {"language": "fr"}):
        with pytest.raises(InvalidArgument, match=f"badge.{next(iter(values))}"):
            Badge(**values)


def test_a_marked_file_has_the_badge(picture: Picture, identity: SigningIdentity) -> None:
    badge = Badge(language="en")
    content = marked_file(picture, "png", ORIGIN, identity, badge)
    drawn = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))
    assert np.array_equal(drawn, with_badge(picture, badge))
    assert not np.array_equal(drawn, picture)
