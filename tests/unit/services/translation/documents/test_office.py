"""docx, pptx and xlsx: real documents go through, and what is not text stays as it is."""

from __future__ import annotations

import hashlib
import io
import re
from typing import Any

import docx
import pytest
from lxml import etree
from openpyxl import load_workbook
from pptx import Presentation

from foundation.errors import InvalidArgument
from services.translation.documents import (
    MarkKind,
    Role,
    TranslatedSegment,
    open_document,
)
from tests.unit.services.translation.documents import samples
from tests.unit.services.translation.documents.helpers import (
    Translator,
    reversed_words,
    rezipped,
    save,
    texts,
    through,
    translated,
    unzipped,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def _runs(paragraph: Any) -> list[tuple[str, bool, bool]]:
    return [(run.text, bool(run.bold), bool(run.italic)) for run in paragraph.runs if run.text]


def test_docx_text_is_translated_and_its_formatting_follows() -> None:
    document = docx.Document(io.BytesIO(through(samples.docx(), "есеп.docx")))
    paragraphs = document.paragraphs
    assert paragraphs[0].text == "Jyldyq esep"
    assert paragraphs[0].style.name == "Heading 1"
    assert _runs(paragraphs[1]) == [
        ("Būl ", False, False),
        ("qalyñ", True, False),
        (" jäne ", False, False),
        ("kölbeu", False, True),
        (" mätın.", False, False),
    ]
    slanted = paragraphs[1].runs[3]
    assert (str(slanted.font.color.rgb), slanted.font.size.pt) == ("C02020", 14)
    assert [p.text for p in paragraphs if p.style.name == "List Number"] == [
        "Bırınşı tarmaq",
        "Ekınşı tarmaq",
    ]
    assert "Bırınşı jol\nekınşı jol\tkestemen" in paragraphs[6].text


def test_docx_formatting_follows_words_that_change_places() -> None:
    document = docx.Document(io.BytesIO(through(samples.docx(), "a.docx", "en", reversed_words)))
    assert _runs(document.paragraphs[1]) == [
        ("mätın. ", False, False),
        ("kölbeu", False, True),
        (" jäne ", False, False),
        ("qalyñ", True, False),
        (" Būl", False, False),
    ]


def test_docx_keeps_links_fields_notes_pictures_and_boxes() -> None:
    before, after = samples.docx(), through(samples.docx(), "a.docx")
    parts, written = unzipped(before), unzipped(after)
    assert list(parts) == list(written)
    body = written["word/document.xml"].decode()
    link = docx.Document(io.BytesIO(after)).paragraphs[2].hyperlinks[0]
    assert (link.text, link.address) == ("bızdıñ saitta", "https://example.kz/")
    for tag in ("w:drawing", "w:footnoteReference", "w:commentReference", "w:commentRangeStart"):
        assert body.count(f"<{tag}") == parts["word/document.xml"].decode().count(f"<{tag}"), tag
    instructions = re.findall(r"<w:instrText[^>]*>([^<]*)<", body)
    assert [one.strip() for one in instructions] == ["PAGE", 'HYPERLINK "https://gov.kz"']
    assert body.count('w:type="page"') == 1
    pictures = [name for name in parts if name.startswith("word/media/")]
    assert pictures
    for name in pictures:
        assert hashlib.sha256(parts[name]).digest() == hashlib.sha256(written[name]).digest()
    # The box's text twice: once in its own format, once in the fallback's.
    assert body.count("Örıstegı mätın") == 2
    assert 'descr="Mätın örısı"' in body
    assert "eskertu" in written["word/footnotes.xml"].decode()
    assert "<w:footnoteRef/>" in written["word/footnotes.xml"].decode()
    assert "Tekseru kerek" in written["word/comments.xml"].decode()
    header = docx.Document(io.BytesIO(after)).sections[0].header.paragraphs[0].text
    assert header == "Üstıñgı kolontitul"


def test_docx_tables_keep_their_shape_and_style() -> None:
    before = docx.Document(io.BytesIO(samples.docx())).tables[0]
    after = docx.Document(io.BytesIO(through(samples.docx(), "a.docx"))).tables[0]
    assert after.style.name == before.style.name
    assert [cell.text for cell in after.rows[0].cells] == ["Atauy", "Sany", "Bağasy"]
    merged = [[cell._tc is after.cell(1, 0)._tc for cell in row.cells] for row in after.rows]
    assert merged == [[False] * 3, [True, False, False], [True, False, False]]


def test_docx_tracked_changes_are_accepted_where_text_is_translated() -> None:
    body = unzipped(through(samples.docx(), "a.docx"))["word/document.xml"].decode()
    assert "Eskı qosylğan söz." in re.sub(r"<[^>]+>", "", body)
    assert "<w:ins " not in body
    assert "<w:del " not in body


def test_docx_says_its_language() -> None:
    for target, tag in (("kk", "kk-KZ"), ("ru", "ru-RU"), ("en", "en-US")):
        parts = unzipped(through(samples.docx(), "a.docx", target))  # type: ignore[arg-type]
        assert set(re.findall(rb'<w:lang [^>]*w:val="([^"]+)"', parts["word/styles.xml"])) == {
            tag.encode()
        }
        assert f"<dc:language>{tag}</dc:language>".encode() in parts["docProps/core.xml"]


def test_docx_roles_and_marks() -> None:
    segments = open_document(samples.docx(), "a.docx").segments
    roles = {segment.text: segment.role for segment in segments}
    assert roles["Жылдық есеп"] is Role.HEADING
    assert roles["Атауы"] is Role.CELL
    assert roles[" Бұл ескерту."] is Role.NOTE
    assert roles["Мәтін өрісі"] is Role.LABEL
    field = next(s for s in segments if s.text.startswith("Бет 1"))
    assert [mark.kind for mark in field.marks] == [MarkKind.KEPT, MarkKind.RANGE]


def _with_body(paragraphs: str) -> bytes:
    body = paragraphs.encode() + b"<w:sectPr"
    return rezipped(
        samples.docx(), {"word/document.xml": lambda part: part.replace(b"<w:sectPr", body, 1)}
    )


def _character(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


@pytest.mark.parametrize("translator", [translated, reversed_words])
def test_docx_a_table_of_contents_stays_a_field_over_its_paragraphs(
    translator: Translator,
) -> None:
    def entry(before: str, text: str) -> str:
        return (
            f'<w:p>{before}<w:hyperlink w:anchor="_Toc1"><w:r><w:t>{text}</w:t></w:r>'
            f"<w:r><w:tab/></w:r>{_character('begin')}<w:r><w:instrText> PAGEREF _Toc1 "
            f"</w:instrText></w:r>{_character('separate')}<w:r><w:t>3</w:t></w:r>"
            f"{_character('end')}</w:hyperlink></w:p>"
        )

    start = (
        f"{_character('begin')}<w:r><w:instrText> TOC </w:instrText></w:r>{_character('separate')}"
    )
    data = _with_body(
        entry(start, "Бірінші тарау")
        + entry("", "Екінші тарау")
        + f"<w:p>{_character('end')}</w:p>"
    )
    root = etree.fromstring(
        unzipped(through(data, "a.docx", "en", translator))["word/document.xml"]
    )
    contents = [p for p in root.iter(f"{W}p") if p.find(f"{W}hyperlink[@{W}anchor]") is not None]
    assert len(contents) == 2
    kinds = [c.get(f"{W}fldCharType") for p in contents for c in p.iter(f"{W}fldChar")]
    field = ["begin", "separate", "end"]
    assert kinds == ["begin", "separate", *field, *field]
    for paragraph, name in zip(contents, ("Bırınşı", "Ekınşı"), strict=True):
        text = "".join(t.text for t in paragraph.iter(f"{W}t"))
        assert name in text
        assert text.count("3") == 1


def test_docx_content_controls() -> None:
    data = _with_body(
        '<w:p><w:r><w:t xml:space="preserve">Аты: </w:t></w:r><w:sdt><w:sdtPr><w:tag w:val="n"/>'
        "</w:sdtPr><w:sdtContent><w:r><w:t>мекеме атауы</w:t></w:r></w:sdtContent></w:sdt>"
        '<w:r><w:t xml:space="preserve">, </w:t></w:r>'
        "<w:sdt><w:sdtPr><w:dropDownList/></w:sdtPr><w:sdtContent><w:r><w:t>иә</w:t></w:r>"
        "</w:sdtContent></w:sdt></w:p>"
        "<w:sdt><w:sdtContent><w:p><w:r><w:t>Блок</w:t></w:r></w:p></w:sdtContent></w:sdt>"
    )
    body = _part(through(data, "a.docx"), "word/document.xml")
    assert '<w:sdtPr><w:tag w:val="n"/></w:sdtPr><w:sdtContent><w:r><w:t' in body
    assert ">mekeme atauy<" in body
    assert "<w:dropDownList/></w:sdtPr><w:sdtContent><w:r><w:t>иә</w:t>" in body
    assert ">Blok<" in body


@pytest.mark.parametrize(
    ("kind", "part", "before"),
    [
        ("docx", "word/document.xml", b"<w:b/>"),
        ("pptx", "ppt/slides/slide1.xml", b"<a:t>"),
        ("xlsx", "xl/worksheets/sheet1.xml", b"<b "),
    ],
)
def test_instructions_and_comments_among_formats(kind: str, part: str, before: bytes) -> None:
    """Canonical XML of an instruction ends the process in lxml 6.1: formats are not compared so."""
    data = rezipped(
        getattr(samples, kind)(),
        {part: lambda body: body.replace(before, b"<?x y?><!-- c -->" + before)},
    )
    assert b"<?x y?>" in unzipped(data)[part]
    assert texts(data, f"a.{kind}") == texts(getattr(samples, kind)(), f"a.{kind}")
    through(data, f"a.{kind}")


def test_docx_bookmarks_stay_in_order() -> None:
    marked = (
        '<w:p><w:bookmarkStart w:id="5" w:name="x"/><w:r><w:t>бір</w:t></w:r>'
        '<w:bookmarkEnd w:id="5"/><w:r><w:t xml:space="preserve"> екі үш</w:t></w:r></w:p>'
        '<w:p><w:r><w:t xml:space="preserve">бір </w:t></w:r><w:bookmarkStart w:id="6" w:name="y"/>'
        '<w:r><w:t>екі</w:t></w:r><w:bookmarkEnd w:id="6"/></w:p><w:sectPr'
    )
    data = rezipped(
        samples.docx(),
        {"word/document.xml": lambda part: part.replace(b"<w:sectPr", marked.encode(), 1)},
    )
    for translator in (translated, reversed_words):
        body = unzipped(through(data, "a.docx", "en", translator))["word/document.xml"].decode()
        for number in "56":
            start = body.index(f'bookmarkStart w:id="{number}"')
            assert start < body.index(f'bookmarkEnd w:id="{number}"')


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
def test_an_untranslated_document_reads_the_same(kind: str) -> None:
    data = getattr(samples, kind)()
    document = open_document(data, f"a.{kind}")
    same = [TranslatedSegment(s.text, tuple(range(len(s.text.split())))) for s in document.segments]
    again = document.save(same, "kk").data
    assert texts(again, f"a.{kind}") == texts(data, f"a.{kind}")
    for before, after in zip(
        document.segments, open_document(again, f"a.{kind}").segments, strict=True
    ):
        held = [
            [(mark.kind, segment.text[mark.start : mark.end].strip()) for mark in segment.marks]
            for segment in (before, after)
        ]
        assert held[0] == held[1]


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
def test_a_document_may_be_saved_again(kind: str) -> None:
    document = open_document(getattr(samples, kind)(), f"folder/a.{kind}")
    first = save(document, "en")
    save(document, "ru", reversed_words)
    again = save(document, "en")
    assert first.file_name == f"a.en.{kind}"
    assert unzipped(first.data) == unzipped(again.data)


@pytest.mark.parametrize("kind", ["docx", "pptx", "xlsx"])
def test_an_empty_translation_leaves_a_document_that_opens(kind: str) -> None:
    document = open_document(getattr(samples, kind)(), f"a.{kind}")
    data = document.save([TranslatedSegment("")] * len(document.segments), "kk").data
    reader: Any = {"docx": docx.Document, "pptx": Presentation, "xlsx": load_workbook}[kind]
    reader(io.BytesIO(data))
    assert texts(data, f"a.{kind}") == []


def test_wrong_number_of_translations() -> None:
    document = open_document(samples.docx(), "a.docx")
    with pytest.raises(InvalidArgument, match="0 translations"):
        document.save([], "kk")


def test_pptx_text_is_translated_and_its_formatting_follows() -> None:
    deck = Presentation(io.BytesIO(through(samples.pptx(), "a.pptx", "en", reversed_words)))
    first, second = deck.slides
    assert first.shapes.title.text == "nätije jäne Jospar"
    runs = first.placeholders[1].text_frame.paragraphs[0].runs
    assert [(run.text, bool(run.font.bold)) for run in runs] == [
        ("mäsele ", False),
        ("mañyzdy", True),
        (" Bırınşı", False),
    ]
    linked = first.placeholders[1].text_frame.paragraphs[1]
    assert linked.level == 1
    assert linked.runs[0].hyperlink.address == "https://example.kz/"
    table = next(shape.table for shape in second.shapes if shape.has_table)
    assert table.cell(1, 0).text == "10 Ūiaşyq"
    chart = next(shape.chart for shape in second.shapes if shape.has_chart)
    assert chart.chart_title.text_frame.text == "boiynşa sany Halyq"
    assert list(chart.plots[0].categories) == ["Almaty", "Astana"]
    group = next(shape for shape in second.shapes if shape.shape_type == 6)
    assert group.shapes[0].text_frame.text == "mätın Toptağy"
    assert second.notes_slide.notes_text_frame.text == "eskertu Baiandauşyğa"
    assert deck.core_properties.language == "en-US"


def test_pptx_line_breaks_and_pictures_stay() -> None:
    before = samples.pptx()
    after = through(before, "a.pptx")
    deck = Presentation(io.BytesIO(after))
    assert deck.slides[0].placeholders[1].text_frame.paragraphs[2].text == "Bır jol\vekınşı jol"
    parts, written = unzipped(before), unzipped(after)
    untouched = [name for name in parts if not name.endswith((".xml", ".rels"))]
    assert any("media" in name for name in untouched)
    assert any("embeddings" in name for name in untouched)
    assert all(parts[name] == written[name] for name in untouched)


def test_xlsx_strings_are_translated_and_the_rest_stays() -> None:
    before, after = samples.xlsx(), through(samples.xlsx(), "a.xlsx")
    book = load_workbook(io.BytesIO(after), rich_text=True)
    sheet = book["Деректер"]
    assert [[cell.value for cell in row[:2]] for row in sheet.iter_rows(max_row=5)] == [
        ["Qala", "Halyq"],
        ["Almaty", 2200000],
        ["Astana", 1400000],
        ["Şymkent", 1200000],
        [None, "=SUM(B2:B4)"],
    ]
    rich = sheet["C1"].value
    assert [str(part) for part in rich] == ["Būl ", "mañyzdy", " eskertu"]
    assert rich[1].font.b
    assert rich[1].font.color.rgb.endswith("FF0000")
    assert sheet["D2"].value == "Bırınşı jol\nekınşı jol"
    assert [str(merged) for merged in sheet.merged_cells.ranges] == ["D2:E3"]
    assert sheet["A1"].font.b
    assert sheet["A2"].comment.text == "Tüsınıkteme mätını"
    assert book["Екінші"]["A1"].value == "Almaty"
    parts, written = unzipped(before), unzipped(after)
    untouched = [n for n in parts if n.startswith(("xl/media", "xl/styles", "xl/theme"))]
    assert untouched
    assert all(parts[name] == written[name] for name in untouched)
    assert b"conditionalFormatting" in written["xl/worksheets/sheet1.xml"]
    assert b'fullCalcOnLoad="1"' in written["xl/workbook.xml"]


def test_xlsx_tables_are_called_what_their_headers_say() -> None:
    written = unzipped(through(samples.xlsx(), "a.xlsx"))
    names = re.findall(rb'<tableColumn [^>]*name="([^"]*)"', written["xl/tables/table1.xml"])
    assert names == [b"Qala", b"Halyq"]


def test_xlsx_headers_that_become_alike_are_told_apart() -> None:
    document = open_document(samples.xlsx(), "a.xlsx")
    data = document.save([TranslatedSegment("Same")] * len(document.segments), "en").data
    names = re.findall(rb'<tableColumn [^>]*name="([^"]*)"', unzipped(data)["xl/tables/table1.xml"])
    assert names == [b"Same", b"Same 2"]
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert (sheet["A1"].value, sheet["B1"].value, sheet["A2"].value) == ("Same", "Same 2", "Same")


def test_xlsx_headers_that_formulas_name_keep_their_language() -> None:
    data = through(samples.xlsx(formula="=SUM(Kestesi[Халық])"), "a.xlsx")
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    assert (sheet["A1"].value, sheet["B1"].value, sheet["A2"].value) == ("Қала", "Халық", "Almaty")
    assert sheet["B5"].value == "=SUM(Kestesi[Халық])"
    names = re.findall(r'<tableColumn [^>]*name="([^"]*)"', _part(data, "xl/tables/table1.xml"))
    assert names == ["Қала", "Халық"]


def _part(data: bytes, name: str) -> str:
    return unzipped(data)[name].decode()


def test_signatures_go_and_nothing_refers_to_them() -> None:
    kind = b"application/vnd.openxmlformats-package.digital-signature-origin"
    relation = (
        b"http://schemas.openxmlformats.org/package/2006/relationships/digital-signature/origin"
    )
    signed = rezipped(
        samples.docx(),
        {
            "_xmlsignatures/origin.sigs": b"",
            "[Content_Types].xml": lambda part: part.replace(
                b"</Types>",
                b'<Override PartName="/_xmlsignatures/origin.sigs" ContentType="'
                + kind
                + b'"/></Types>',
            ),
            "_rels/.rels": lambda part: part.replace(
                b"</Relationships>",
                b'<Relationship Id="rS" Type="'
                + relation
                + b'" Target="_xmlsignatures/origin.sigs"/>'
                b"</Relationships>",
            ),
        },
    )
    written = unzipped(through(signed, "a.docx"))
    assert not any("_xmlsignatures" in name for name in written)
    assert b"signature" not in written["_rels/.rels"] + written["[Content_Types].xml"]


def test_what_is_written_is_well_formed() -> None:
    for kind in ("docx", "pptx", "xlsx"):
        document = open_document(getattr(samples, kind)(), f"a.{kind}")
        odd = [TranslatedSegment("a\x00\ud800\u200f<&>\x0b\n\tb \ufffe")] * len(document.segments)
        for name, part in unzipped(document.save(odd, "ru").data).items():
            if name.endswith((".xml", ".rels")):
                etree.fromstring(part)
