"""html, odt, txt, md and pdf."""

from __future__ import annotations

import io
import re
import zlib

import docx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from services.translation.documents import (
    DocumentLimits,
    Role,
    TranslatedSegment,
    open_document,
)
from services.translation.documents.html_tokens import tokenize
from services.translation.documents.text_encoding import decode
from tests.unit.services.translation.documents.helpers import (
    reversed_words,
    save,
    texts,
    through,
    translated,
    unzipped,
)
from tests.unit.services.translation.documents.other_samples import HTML, odt, pdf


@given(st.text(alphabet="<>&;!-/='\" abpscript\n#x1?[]", max_size=80))
def test_tokens_joined_are_the_page(page: str) -> None:
    assert "".join(token.raw for token in tokenize(page)) == page


def test_html_changes_text_and_labels_only() -> None:
    page = through(HTML, "a.html").decode()
    assert '<html lang="en">' in page
    assert "<title>Basty bet</title>" in page
    assert 'content="Sait turaly"' in page
    assert (
        '<p>Būl <b>qalyñ <i>söz</i></b> jäne <a href="/x?a=1&amp;b=2" title="Sılteme aty">'
        "sılteme</a>. Jaña <br>jol &amp; &lt;belgı&gt;\u00a0osy.</p>" in page
    )
    assert (
        'alt="Suret sipaty"><input placeholder="Izdeu"><input type="submit" value="Jıberu">' in page
    )
    assert "<div>Blok <p>ışkı</p> soñy</div>" in page
    for kept in (
        '<script>var a = "мәтін <b>";</script>',
        "<!-- ескерту -->",
        "<pre>өзгермейді  осы</pre>",
        '<p translate="no">Тимеңіз</p>',
        '<code>пәрмен</code> men <span translate="no">Атау</span>',
        "<body class=main>",
    ):
        assert kept in page


def test_html_inline_tags_follow_their_words() -> None:
    page = through(HTML, "a.html", "en", reversed_words).decode()
    assert "jäne <b><i>söz</i> qalyñ</b> Būl</p>" in page
    assert '<p>qalady. <span translate="no">Атау</span> men <code>пәрмен</code> Myna</p>' in page


def test_html_roles_and_encoding() -> None:
    roles = {s.text: s.role for s in open_document(HTML, "a.htm").segments}
    assert roles["Басты бет"] is Role.TITLE
    assert roles["Қош келдіңіз"] is Role.HEADING
    assert roles["Ұяшық"] is Role.CELL
    old = '<html><head><meta charset="windows-1251"></head><p lang="ru">Привет, мир</p>'
    page = through(old.encode("cp1251"), "a.html").decode()
    assert page == '<html lang="en"><head><meta charset="utf-8"></head><p lang="en">Privet, mir</p>'


def test_html_broken_tags_stay() -> None:
    page = b"<p>one <b>two <i>three</b> four</i> <unknown x>five</p> </div>"
    document = open_document(page, "a.html")
    same = [TranslatedSegment(s.text, tuple(range(len(s.text.split())))) for s in document.segments]
    assert document.save(same, "en").data == page


def test_odt() -> None:
    written = unzipped(through(odt(), "a.odt"))
    content = written["content.xml"].decode()
    assert list(written) == list(unzipped(odt()))
    assert written["Pictures/a.png"] == b"picture"
    assert '<text:span text:style-name="B">qalyñ</text:span> söz<text:note' in content
    assert '<text:a xlink:href="https://example.kz/">sılteme</text:a>.' in content
    assert "<text:p>Eskertu mätını</text:p></text:note-body>" in content
    assert 'Bır <text:s text:c="2"/>ekı<text:tab/>üş<text:line-break/>tört ' in content
    assert '<text:bookmark-start text:name="b"/>bes<text:bookmark-end text:name="b"/>' in content
    assert '<text:span text:style-name="U"><text:tab/><text:tab/></text:span> (qoly)' in content
    assert "<text:page-number>7</text:page-number>" in content
    assert "<svg:desc>Sipaty</svg:desc>" in content
    assert "<text:p>жойылған</text:p>" in content
    styles = written["styles.xml"].decode()
    assert "Kolontitul" in styles
    assert 'fo:language="en" fo:country="US"' in styles
    assert 'fo:language="en" fo:country="US"' in content
    assert "<dc:language>en-US</dc:language>" in written["meta.xml"].decode()


def test_odt_formatting_follows_and_may_be_saved_again() -> None:
    document = open_document(odt(), "a.odt")
    first = save(document, "en", reversed_words)
    content = unzipped(first.data)["content.xml"].decode()
    assert "jäne söz<text:note" in content
    assert '</text:note> <text:span text:style-name="B">qalyñ</text:span> Būl' in content
    save(document, "ru")
    assert unzipped(save(document, "en", reversed_words).data) == unzipped(first.data)
    assert first.file_name == "a.en.odt"


def test_text_keeps_lines_and_joins_wrapped_ones() -> None:
    text = (
        "Тақырып\r\n\r\n  Бұл бірнеше жолға бөлінген ұзақ сөйлем, оның\r\n"
        "  соңы екінші жолда.\r\n- тармақ\r\n123\r\n"
    )
    assert texts(text.encode(), "a.txt") == [
        "Тақырып",
        "Бұл бірнеше жолға бөлінген ұзақ сөйлем, оның соңы екінші жолда.",
        "- тармақ",
    ]
    written = through(text.encode("utf-16"), "a.txt").decode()
    assert written.splitlines()[0] == "Taqyryp"
    assert written.splitlines()[2].startswith("  Būl")
    assert written.endswith("\r\n- tarmaq\r\n123\r\n")
    assert "\n" not in written.replace("\r\n", "")


def test_markdown_keeps_its_marks() -> None:
    text = "# Тақырып\n\n- [ ] тармақ\n> дәйексөз\n\n```\nкод\n```\n1. Бірінші\n"
    assert texts(text.encode(), "a.md") == ["Тақырып", "тармақ", "дәйексөз", "Бірінші"]
    assert through(text.encode(), "a.md").decode() == (
        "# Taqyryp\n\n- [ ] tarmaq\n> däieksöz\n\n```\nкод\n```\n1. Bırınşı\n"
    )


RUSSIAN = "Сегодня в Астане прошло заседание правительства, на котором обсудили бюджет. " * 3
KAZAKH = "Бүгін Астанада үкімет отырысы өтті, онда бюджет талқыланды және қаулы қабылданды. " * 3


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (RUSSIAN, "cp1251"),
        (RUSSIAN, "koi8-r"),
        (RUSSIAN, "cp866"),
        (KAZAKH, "utf-8-sig"),
        (KAZAKH, "utf-16"),
        (KAZAKH, "utf-16-le"),
        (KAZAKH, "utf-16-be"),
        (KAZAKH, "utf-32"),
        (KAZAKH, "ptcp154"),
        ("It’s a café – naïve. " * 5, "cp1252"),
    ],
)
def test_encodings(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)) == text


def test_what_is_no_text() -> None:
    with pytest.raises(InvalidArgument, match="no text"):
        open_document(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a.txt")


def test_pdf_becomes_docx() -> None:
    document = open_document(pdf(), "folder/есеп.pdf")
    saved = save(document, "en", translated)
    assert saved.file_name == "есеп.en.docx"
    assert saved.media_type.endswith("wordprocessingml.document")
    written = docx.Document(io.BytesIO(saved.data))
    shown = [(p.text, p.style.name) for p in written.paragraphs if p.text.strip()]
    assert shown == [
        ("Bölım 1", "Heading 1"),
        (
            "Būl abzats bırneşe jolğa bölıngen, sondyqtan ony qaita bırıktıru kerek, al sozylğan "
            "söz tūtas boluy tiıs.",
            "Normal",
        ),
        ("Ekınşı abzats qysqa.", "Normal"),
        ("Bölım 2", "Heading 1"),
        shown[1],
        shown[2],
    ]
    table = written.tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["Ūiaşyq 00", "Ūiaşyq 01"],
        ["Ūiaşyq 10", "Ūiaşyq 11"],
    ]
    assert len(re.findall('w:type="page"', written.element.xml)) == 1


def test_a_pdf_that_unpacks_to_more_than_memory() -> None:
    """The child dies of it, and the caller hears why."""
    packed = zlib.compress(b" " * 400_000_000)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]/Contents 4 0 R>>",
        b"<</Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    ]
    data = b"%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    data += (
        b"xref\n0 5\n0000000000 65535 f \n%strailer<</Size 5/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (
            table,
            data.rindex(b"endobj\n") + 7,
        )
    )
    assert len(data) < 1_000_000
    with pytest.raises(InvalidArgument, match="memory"):
        open_document(data, "a.pdf", DocumentLimits(pdf_memory_bytes=300_000_000))


def test_pdf_without_text_and_over_limits() -> None:
    for limits, reason in (
        (DocumentLimits(), "only pictures"),
        (DocumentLimits(pages=1), "pages: 2, the limit is 1"),
        (DocumentLimits(characters=20), "the limit"),
    ):
        with pytest.raises(InvalidArgument, match=reason) as caught:
            open_document(pdf(text=reason != "only pictures"), "a.pdf", limits)
        assert caught.value.field == "file"
