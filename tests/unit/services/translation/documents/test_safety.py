"""What strangers send: refused with the field ``file`` and a reason, never anything else."""

from __future__ import annotations

import copy
import io
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from services.translation.documents import DocumentLimits, open_document
from tests.unit.services.translation.documents import samples
from tests.unit.services.translation.documents.helpers import (
    reversed_words,
    rezipped,
    save,
    translated,
)
from tests.unit.services.translation.documents.other_samples import HTML, SRT, TTML, VTT, odt, pdf


def refused(data: bytes, name: str, limits: DocumentLimits | None = None) -> str:
    with pytest.raises(InvalidArgument) as caught:
        open_document(data, name, limits)
    assert caught.value.field == "file"
    return caught.value.description


def test_endings() -> None:
    assert "macros" in refused(b"x", "a.docm")
    assert "save the document as docx" in refused(b"x", "old.DOC")
    assert "docx" in refused(b"x", "a.exe")
    assert "ending" in refused(b"x", "noending")
    assert "empty" in refused(b"", "a.docx")


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.odt"])
def test_another_format_than_the_ending_says(name: str) -> None:
    kinds = {"docx": samples.docx(), "pptx": samples.pptx(), "xlsx": samples.xlsx(), "odt": odt()}
    for kind, data in kinds.items():
        if not name.endswith(kind):
            assert "no " in refused(data, name)
    assert refused(b"just text", name)
    assert "encrypted" in refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), name)


def test_macros_whatever_the_ending() -> None:
    with_macro = rezipped(
        samples.docx(),
        {
            "word/vbaProject.bin": b"x",
            "[Content_Types].xml": lambda part: part.replace(
                b"</Types>",
                b'<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
                b"</Types>",
            ),
        },
    )
    assert "macros" in refused(with_macro, "a.docx")
    assert "macros" in refused(rezipped(odt(), {"Basic/Standard/M.xml": b"<x/>"}), "a.odt")


def test_encrypted_odt() -> None:
    manifest = b"<m><f><encryption-data/></f></m>"
    assert "encrypted" in refused(rezipped(odt(), {"META-INF/manifest.xml": manifest}), "a.odt")


def _bomb(size: int, count: int = 1) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(f"{number}.xml", b"\0" * size)
    return buffer.getvalue()


def test_bombs() -> None:
    assert "times larger" in refused(_bomb(30_000_000), "a.docx")
    limits = DocumentLimits(unpacked_bytes=1_000_000)
    assert "unpacked bytes: 2000000, the limit is 1000000" in refused(
        _bomb(2_000_000), "a.xlsx", limits
    )
    assert "files in the document" in refused(_bomb(1, 30), "a.pptx", DocumentLimits(entries=20))
    assert "bytes of XML" in refused(samples.docx(), "a.docx", DocumentLimits(xml_bytes=5000))


def test_limits_of_files_segments_and_characters() -> None:
    assert "bytes: " in refused(samples.docx(), "a.docx", DocumentLimits(bytes=100))
    assert refused(samples.docx(), "a.docx", DocumentLimits(segments=3)) == (
        "segments: 4, the limit is 3"
    )
    assert "characters: " in refused(SRT, "a.srt", DocumentLimits(characters=10))


@pytest.mark.parametrize("name", ["../evil.xml", "/etc/passwd", "a/../../b", "..\\evil"])
def test_names_that_leave_the_folder(name: str) -> None:
    assert "leaves its folder" in refused(rezipped(samples.docx(), {name: b"x"}), "a.docx")


def test_two_entries_of_one_name() -> None:
    buffer = io.BytesIO(samples.docx())
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("word/document.xml", b"<x/>")
    assert "one name" in refused(buffer.getvalue(), "a.docx")


LAUGHS = (
    b"<!DOCTYPE d [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (98 + n, b"&%c;" % (97 + n) * 50) for n in range(8))
    + b"]>"
)


@pytest.mark.parametrize(
    "prolog",
    [
        LAUGHS,
        b'<!DOCTYPE d [<!ENTITY i SYSTEM "file:///etc/passwd">]>',
        b'<!DOCTYPE d SYSTEM "http://127.0.0.1:9/x.dtd">',
    ],
)
def test_entities_are_refused(prolog: bytes) -> None:
    body = (
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        b'w:a="&i;"><w:body><w:p><w:r><w:t>&i;</w:t></w:r></w:p></w:body></w:document>'
    )
    assert refused(rezipped(samples.docx(), {"word/document.xml": prolog + body}), "a.docx")
    assert refused(prolog + b'<tt xmlns="http://www.w3.org/ns/ttml">&i;</tt>', "a.ttml")


def test_deep_nesting() -> None:
    deep = b"<x>" * 100_000 + b"</x>" * 100_000
    assert "not well-formed" in refused(
        rezipped(samples.docx(), {"word/document.xml": deep}), "a.docx"
    )
    page = open_document(b"<div><b>" * 20_000 + b"text", "a.html")
    assert save(page).data.endswith(b"text")


def test_a_million_empty_paragraphs() -> None:
    body = (
        b'<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>'
        + b"<w:p/>" * 1_000_000
        + b"</w:body></w:document>"
    )
    empty = rezipped(samples.docx(), {"word/document.xml": body})
    document = open_document(empty, "a.docx")
    assert all(segment.text.strip() for segment in document.segments)


ALL = {
    "a.docx": samples.docx(),
    "a.pptx": samples.pptx(),
    "a.xlsx": samples.xlsx(),
    "a.odt": odt(),
    "a.html": HTML,
    "a.srt": SRT,
    "a.vtt": VTT,
    "a.ttml": TTML,
    "a.txt": "Бірінші сөйлем.\n\nЕкінші сөйлем.".encode(),
    "a.md": b"# Title\n\n- item\n\n```\ncode\n```\n",
}


def _survives(data: bytes, name: str) -> None:
    """Opened and saved, or refused: no other exception."""
    try:
        document = open_document(data, name, DocumentLimits(pdf_seconds=20))
    except InvalidArgument:
        return
    save(document, "kk", reversed_words)
    save(document, "en", translated)


@pytest.mark.parametrize("name", sorted(ALL))
@settings(max_examples=60)
@given(data=st.data())
def test_mutated_files(name: str, data: st.DataObject) -> None:
    original = bytearray(ALL[name])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(original) - 1))
        how = data.draw(st.sampled_from(["byte", "cut", "insert"]))
        if how == "byte":
            original[at] = data.draw(st.integers(0, 255))
        elif how == "insert":
            original[at:at] = data.draw(st.binary(max_size=20))
        else:
            del original[at : at + data.draw(st.integers(1, 50))]
        if not original:
            original = bytearray(b" ")
    _survives(bytes(original), name)


@pytest.mark.parametrize("name", ["a.docx", "a.pptx", "a.xlsx", "a.odt"])
@settings(max_examples=60)
@given(data=st.data())
def test_mutated_markup_inside(name: str, data: st.DataObject) -> None:
    """Elements dropped, doubled, emptied and moved: well-formed, but no longer by the schema."""
    from lxml import etree

    with zipfile.ZipFile(io.BytesIO(ALL[name])) as archive:
        parts = sorted(n for n in archive.namelist() if n.endswith((".xml", ".rels")))
        part = data.draw(st.sampled_from(parts))
        root = etree.fromstring(archive.read(part))
    for _ in range(data.draw(st.integers(1, 6))):
        elements = list(root.iter())
        chosen = elements[data.draw(st.integers(0, len(elements) - 1))]
        how = data.draw(
            st.sampled_from(["drop", "double", "bare", "move", "comment", "instruction", "text"])
        )
        parent = chosen.getparent()
        if how == "bare":
            if isinstance(chosen.tag, str):
                chosen.attrib.clear()
        elif how == "text":
            chosen.text = "мәтін"
        elif how == "comment":
            if isinstance(chosen.tag, str):
                chosen.append(etree.Comment("c"))
        elif how == "instruction":
            if isinstance(chosen.tag, str):
                chosen.append(etree.ProcessingInstruction("x", "y"))
        elif parent is None:
            continue
        elif how == "drop":
            parent.remove(chosen)
        elif how == "double":
            parent.append(copy.deepcopy(chosen))
        else:
            root.append(chosen)
    _survives(rezipped(ALL[name], {part: etree.tostring(root)}), name)


@given(st.binary(max_size=400), st.sampled_from([*sorted(ALL), "a.xml"]))
def test_random_bytes(data: bytes, name: str) -> None:
    _survives(data, name)


@given(st.text(max_size=300), st.sampled_from(["a.html", "a.srt", "a.vtt", "a.txt", "a.md"]))
def test_random_text(text: str, name: str) -> None:
    _survives(text.encode("utf-8", "surrogatepass"), name)
    _survives(("WEBVTT\n\n00:01.000 --> 00:02.000\n" + text).encode("utf-8", "replace"), "a.vtt")


def test_broken_pdfs(tmp_path: Path) -> None:
    whole = pdf()
    _survives(whole[: len(whole) // 2], "a.pdf")
    _survives(whole.replace(b"/Pages", b"/Pagez"), "a.pdf")
    _survives(b"%PDF-1.7\n" + bytes(range(256)) * 20, "a.pdf")
    assert "no PDF" in refused(b"text", "a.pdf")


@pytest.mark.parametrize(
    "piece", ["<", "<!--", "<a ", '<a b="', "<a b=c d=e ", "<b>x", "</", "&#", "<script>"]
)
@pytest.mark.timeout(60)
def test_pages_that_tire_a_parser(piece: str) -> None:
    """100 kB each: html.parser, which takes quadratic time, needs minutes for some."""
    page = piece * (100_000 // len(piece))
    try:
        document = open_document(page.encode(), "a.html")
    except InvalidArgument:
        return
    assert save(document).data


def test_opening_the_package_loads_no_library() -> None:
    """The command line imports it to know the endings."""
    code = (
        "import sys, services.translation.documents;"
        "heavy = ('lxml', 'docx', 'pdfplumber', 'charset_normalizer');"
        "print([name for name in heavy if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"
