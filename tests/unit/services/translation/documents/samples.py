"""Real documents with much formatting, made anew by the libraries of each format."""

from __future__ import annotations

import io
from typing import Any

import docx as python_docx
from docx.enum.text import WD_BREAK
from docx.oxml import parse_xml
from docx.shared import Pt, RGBColor
from openpyxl import Workbook
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.table import Table
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from tests.unit.services.translation.documents.helpers import png, rezipped

_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
_FOOTNOTES = f"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<w:footnotes {_W}>
<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>
<w:footnote w:id="1"><w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>
<w:footnoteRef/></w:r>
<w:r><w:t xml:space="preserve"> Бұл </w:t></w:r><w:r><w:rPr><w:i/></w:rPr><w:t>ескерту</w:t></w:r>
<w:r><w:t>.</w:t></w:r></w:p></w:footnote></w:footnotes>"""
_TEXT_BOX = (
    f'<w:r {_W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
    ' xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    ' xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
    ' xmlns:v="urn:schemas-microsoft-com:vml">'
    '<mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wp:inline>'
    '<wp:extent cx="2400000" cy="600000"/><wp:docPr id="77" name="Box" descr="Мәтін өрісі"/>'
    '<a:graphic><a:graphicData uri="http://schemas.microsoft.com/office/word/2010/wordprocessingShape">'
    '<wps:wsp><wps:cNvSpPr txBox="1"/><wps:spPr><a:xfrm><a:off x="0" y="0"/>'
    '<a:ext cx="2400000" cy="600000"/></a:xfrm><a:prstGeom prst="rect"><a:avLst/></a:prstGeom>'
    '<a:ln><a:solidFill><a:srgbClr val="FF0000"/></a:solidFill></a:ln></wps:spPr>'
    "<wps:txbx><w:txbxContent><w:p><w:r><w:t>Өрістегі мәтін</w:t></w:r></w:p>"
    "</w:txbxContent></wps:txbx>"
    "<wps:bodyPr/></wps:wsp></a:graphicData></a:graphic></wp:inline></w:drawing></mc:Choice>"
    '<mc:Fallback><w:pict><v:shape style="width:189pt;height:47pt"><v:textbox><w:txbxContent><w:p>'
    "<w:r><w:t>Өрістегі мәтін</w:t></w:r></w:p></w:txbxContent></v:textbox></v:shape></w:pict>"
    "</mc:Fallback></mc:AlternateContent></w:r>"
)


def _field(instruction: str, result: str) -> list[Any]:
    runs = [
        '<w:fldChar w:fldCharType="begin"/>',
        f'<w:instrText xml:space="preserve"> {instruction} </w:instrText>',
        '<w:fldChar w:fldCharType="separate"/>',
        f"<w:t>{result}</w:t>",
        '<w:fldChar w:fldCharType="end"/>',
    ]
    return [parse_xml(f"<w:r {_W}>{run}</w:r>") for run in runs]


def docx() -> bytes:
    """Headings, lists, links, fields, tables, an image, a text box, notes, a comment, changes."""
    document = python_docx.Document()
    document.add_heading("Жылдық есеп", 1)
    first = document.add_paragraph("Бұл ")
    first.add_run("қалың").bold = True
    first.add_run(" және ")
    slanted = first.add_run("көлбеу")
    slanted.italic = True
    slanted.font.color.rgb = RGBColor(0xC0, 0x20, 0x20)
    slanted.font.size = Pt(14)
    first.add_run(" мәтін.")
    note = parse_xml(
        f'<w:r {_W}><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        '<w:footnoteReference w:id="1"/></w:r>'
    )
    first._p.append(note)
    link_id = document.part.relate_to(
        "https://example.kz/", f"{_R[9:-1]}/hyperlink", is_external=True
    )
    linked = document.add_paragraph("Толығырақ ")
    linked._p.append(
        parse_xml(
            f'<w:hyperlink {_W} {_R} r:id="{link_id}"><w:r><w:rPr><w:color w:val="0000FF"/>'
            '<w:u w:val="single"/></w:rPr><w:t>біздің сайтта</w:t></w:r></w:hyperlink>'
        )
    )
    linked.add_run(" оқыңыз.")
    for item in ("Бірінші тармақ", "Екінші тармақ"):
        document.add_paragraph(item, style="List Number")
    fields = document.add_paragraph("Бет ")
    for run in _field("PAGE", "1"):
        fields._p.append(run)
    fields.add_run(" және ")
    for run in _field('HYPERLINK "https://gov.kz"', "мемлекеттік қызмет"):
        fields._p.append(run)
    fields.add_run(" туралы.")
    broken = document.add_paragraph("Бірінші жол")
    broken.add_run().add_break()
    broken.add_run("екінші жол\tкестемен")
    broken.add_run().add_break(WD_BREAK.PAGE)
    pictured = document.add_paragraph("Сурет ")
    pictured.add_run().add_picture(io.BytesIO(png()), width=Pt(60))
    pictured.add_run(" осында.")
    table = document.add_table(rows=3, cols=3, style="Light Grid Accent 1")
    for row, cells in enumerate(table.rows):
        for column, cell in enumerate(cells.cells):
            cell.text = f"Ұяшық {row} {column}" if row else ("Атауы", "Саны", "Бағасы")[column]
    table.cell(1, 0).merge(table.cell(2, 0))
    boxed = document.add_paragraph("Өріс: ")
    boxed._p.append(parse_xml(_TEXT_BOX))
    changed = document.add_paragraph("Ескі ")
    changed._p.append(
        parse_xml(
            f'<w:del {_W} w:id="9" w:author="A"><w:r><w:delText>жойылған</w:delText></w:r></w:del>'
        )
    )
    changed._p.append(
        parse_xml(f'<w:ins {_W} w:id="8" w:author="A"><w:r><w:t>қосылған</w:t></w:r></w:ins>')
    )
    changed.add_run(" сөз.")
    form = document.add_paragraph("Аты-жөні: ")
    form.add_run("\t\t").underline = True
    form.add_run(" (қолы)")
    commented = document.add_paragraph("Түсінік берілген ").add_run("сөйлем.")
    document.add_comment(commented, text="Тексеру керек", author="Б")
    section = document.sections[0]
    section.header.paragraphs[0].text = "Үстіңгі колонтитул"
    section.footer.paragraphs[0].text = "Төменгі колонтитул"
    buffer = io.BytesIO()
    document.save(buffer)
    kind = b"application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
    return rezipped(
        buffer.getvalue(),
        {
            "word/footnotes.xml": _FOOTNOTES.encode(),
            "[Content_Types].xml": lambda part: part.replace(
                b"</Types>",
                b'<Override PartName="/word/footnotes.xml" ContentType="' + kind + b'"/></Types>',
            ),
            "word/_rels/document.xml.rels": lambda part: part.replace(
                b"</Relationships>",
                b'<Relationship Id="rIdFoot" Type="http://schemas.openxmlformats.org/officeDocument'
                b'/2006/relationships/footnotes" Target="footnotes.xml"/></Relationships>',
            ),
        },
    )


def pptx() -> bytes:
    """Title, bullets with formatting, a table, a group, a chart, a picture, notes."""
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Жоспар және нәтиже"
    frame = slide.placeholders[1].text_frame
    frame.text = "Бірінші "
    bold = frame.paragraphs[0].add_run()
    bold.text, bold.font.bold = "маңызды", True
    rest = frame.paragraphs[0].add_run()
    rest.text = " мәселе"
    linked = frame.add_paragraph().add_run()
    linked.text, linked.hyperlink.address = "Сайтқа сілтеме", "https://example.kz/"
    frame.paragraphs[1].level = 1
    frame.add_paragraph().text = "Бір жол\vекінші жол"
    second = deck.slides.add_slide(deck.slide_layouts[5])
    second.shapes.title.text = "Кесте"
    table = second.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row in range(2):
        for column in range(2):
            table.cell(row, column).text = f"Ұяшық {row}{column}"
    group = second.shapes.add_group_shape()
    group.shapes.add_textbox(
        Inches(6), Inches(2), Inches(3), Inches(1)
    ).text_frame.text = "Топтағы мәтін"
    second.shapes.add_picture(io.BytesIO(png()), Inches(6), Inches(4), Inches(1))
    data = CategoryChartData()
    data.categories = ["Алматы", "Астана"]
    data.add_series("Халық саны", (2.2, 1.4))
    chart = second.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(3), data
    ).chart
    chart.has_title = True
    chart.chart_title.text_frame.text = "Халық саны бойынша"
    second.notes_slide.notes_text_frame.text = "Баяндаушыға ескерту"
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def xlsx(*, formula: str = "=SUM(B2:B4)") -> bytes:
    """Styles, merged cells, rich text, a table, a chart, a comment, a picture, conditions."""
    book = Workbook()
    sheet = book.active
    sheet.title = "Деректер"
    for row in (["Қала", "Халық"], ["Алматы", 2200000], ["Астана", 1400000], ["Шымкент", 1200000]):
        sheet.append(row)
    sheet["A1"].font = Font(bold=True, color="FFFFFF")
    sheet["A1"].fill = PatternFill("solid", fgColor="336699")
    sheet["B5"] = formula
    sheet["C1"] = CellRichText(
        "Бұл ", TextBlock(InlineFont(b=True, color="FF0000"), "маңызды"), " ескерту"
    )
    sheet["D2"] = "Бірінші жол\nекінші жол"
    sheet.merge_cells("D2:E3")
    sheet["A2"].comment = Comment("Түсініктеме мәтіні", "Б")
    sheet.add_table(Table(displayName="Kestesi", ref="A1:B4"))
    sheet.conditional_formatting.add(
        "B2:B4",
        CellIsRule(
            operator="greaterThan", formula=["1300000"], fill=PatternFill("solid", bgColor="FFEEAA")
        ),
    )
    sheet.add_image(Image(io.BytesIO(png())), "G2")
    chart = BarChart()
    chart.title = "Халық саны"
    chart.add_data(Reference(sheet, min_col=2, min_row=1, max_row=4), titles_from_data=True)
    chart.set_categories(Reference(sheet, min_col=1, min_row=2, max_row=4))
    sheet.add_chart(chart, "A8")
    book.create_sheet("Екінші")["A1"] = "Алматы"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
