"""Samples of formats that are written by hand, and a PDF."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.artist import Artist

HTML = """<!DOCTYPE html>
<html lang="kk"><head><meta charset="utf-8"><title>Басты бет</title>
<meta name="description" content="Сайт туралы"><script>var a = "мәтін <b>";</script>
<style>p { color: red }</style></head>
<body class=main>
<!-- ескерту -->
<h1>Қош келдіңіз</h1>
<p>Бұл <b>қалың <i>сөз</i></b> және <a href="/x?a=1&amp;b=2" title="Сілтеме аты">сілтеме</a>.
   Жаңа <br> жол &amp; &lt;белгі&gt;&nbsp;осы.</p>
<p>Мына <code>пәрмен</code> мен <span translate="no">Атау</span> қалады.</p>
<div>Блок <p>ішкі</p> соңы</div>
<img src="a.png" alt="Сурет сипаты"><input placeholder="Іздеу"><input type="submit" value="Жіберу">
<pre>өзгермейді  осы</pre>
<p translate="no">Тимеңіз</p>
<table><tr><th>Баған</th><td>Ұяшық</td></tr></table>
<ul><li>Бірінші<li>Екінші</ul>
</body></html>
""".encode()

SRT = """1
00:00:01,000 --> 00:00:03,000
Бұл өте ұзақ сөйлем,

2
00:00:03,100 --> 00:00:05,000 X1:10 X2:20
<i>ол екі субтитрге</i>
бөлінген.

3
00:00:06,000 --> 00:00:08,000
{\\an8}- Сәлем!
- Қалайсың?

4
00:00:09,000 --> 00:00:10,000
♪

""".encode()

VTT = """WEBVTT - тақырып
Kind: captions

STYLE
::cue { color: red }

NOTE Аударылмайды

intro
00:01.000 --> 00:03.000 line:80% align:start
<v Асқар>Сәлем, <c.yellow>достар</c> &amp; бәрі!

00:00:04.000 --> 00:00:06.000
Бір <00:00:04.500>екі <00:00:05.000>үш
""".encode()

TTML = """<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:tts="http://www.w3.org/ns/ttml#styling" xml:lang="kk">
  <head><metadata><ttm:title xmlns:ttm="http://www.w3.org/ns/ttml#metadata">Атауы</ttm:title></metadata>
    <styling><style xml:id="s1" tts:color="white"/></styling>
    <layout><region xml:id="r1" tts:origin="10% 80%"/></layout></head>
  <body region="r1"><div>
    <p xml:id="c1" begin="00:00:01.000" end="00:00:03.000"><span style="s1">Бірінші жол<br/>екінші жол,</span></p>
    <p xml:id="c2" begin="00:00:03.100" end="00:00:05.000"><span style="s1">сөйлемнің <span
      tts:fontStyle="italic">соңы</span>.</span></p>
    <p begin="10s" end="12s">Жеке сөйлем.</p>
  </div></body>
</tt>
""".encode()  # noqa: E501

_ODF = "urn:oasis:names:tc:opendocument:xmlns"
_NAMES = (
    f'xmlns:office="{_ODF}:office:1.0" xmlns:text="{_ODF}:text:1.0" xmlns:style="{_ODF}:style:1.0"'
    f' xmlns:fo="{_ODF}:xsl-fo-compatible:1.0" xmlns:table="{_ODF}:table:1.0"'
    f' xmlns:draw="{_ODF}:drawing:1.0" xmlns:svg="{_ODF}:svg-compatible:1.0"'
    ' xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:dc="http://purl.org/dc/elements/1.1/"'
    f' xmlns:meta="{_ODF}:meta:1.0" office:version="1.3"'
)
_CONTENT = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-content {_NAMES}><office:automatic-styles>
<style:style style:name="B" style:family="text"><style:text-properties fo:font-weight="bold"/></style:style>
<style:style style:name="R1" style:family="text"><style:text-properties fo:language="kk" fo:country="KZ"/></style:style>
<style:style style:name="U" style:family="text"><style:text-properties style:text-underline-style="solid"/></style:style>
</office:automatic-styles><office:body><office:text>
<text:tracked-changes><text:changed-region><text:deletion><text:p>жойылған</text:p></text:deletion></text:changed-region></text:tracked-changes>
<text:h text:outline-level="1">Тақырып</text:h>
<text:p>Бұл <text:span text:style-name="B">қалың</text:span><text:span text:style-name="R1"> сөз</text:span><text:note
 text:note-class="footnote"><text:note-citation>1</text:note-citation><text:note-body><text:p>Ескерту мәтіні</text:p></text:note-body></text:note>
 және <text:a xlink:href="https://example.kz/">сілтеме</text:a>.</text:p>
<text:p>Бір<text:s text:c="3"/>екі<text:tab/>үш<text:line-break/>төрт <text:bookmark-start text:name="b"/>бес<text:bookmark-end text:name="b"/></text:p>
<text:p>Аты: <text:span text:style-name="U"><text:tab/><text:tab/></text:span> (қолы), бет <text:page-number>7</text:page-number></text:p>
<text:list><text:list-item><text:p>Тармақ</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>Ұяшық</text:p></table:table-cell></table:table-row></table:table>
<text:p>Сурет <draw:frame><draw:image xlink:href="Pictures/a.png"/><svg:desc>Сипаты</svg:desc></draw:frame></text:p>
</office:text></office:body></office:document-content>"""  # noqa: E501
_STYLES = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document-styles {_NAMES}><office:styles><style:default-style style:family="paragraph"><style:text-properties
 fo:language="ru" fo:country="RU"/></style:default-style></office:styles><office:master-styles><style:master-page
 style:name="Standard"><style:header><text:p>Колонтитул</text:p></style:header></style:master-page></office:master-styles>
</office:document-styles>"""  # noqa: E501
_META = f"<office:document-meta {_NAMES}><office:meta/></office:document-meta>"

_ENTRIES = {
    "/": "application/vnd.oasis.opendocument.text",
    "content.xml": "text/xml",
    "styles.xml": "text/xml",
    "meta.xml": "text/xml",
    "Pictures/a.png": "image/png",
}
_MANIFEST = (
    f'<manifest:manifest xmlns:manifest="{_ODF}:manifest:1.0" manifest:version="1.3">'
    + "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="{kind}"/>'
        for name, kind in _ENTRIES.items()
    )
    + "</manifest:manifest>"
)


def odt() -> bytes:
    """Formatting, a note, links, tabs, a list, a table, a picture, a header, tracked changes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, part in (("content.xml", _CONTENT), ("styles.xml", _STYLES), ("meta.xml", _META)):
            archive.writestr(name, part, zipfile.ZIP_DEFLATED)
        archive.writestr("Pictures/a.png", b"picture")
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
    return buffer.getvalue()


def pdf(*, text: bool = True) -> bytes:
    """Two pages with a heading, wrapped paragraphs and a ruled table, or a picture alone."""
    import matplotlib as mpl
    from matplotlib.backends.backend_pdf import PdfPages
    from matplotlib.figure import Figure

    buffer = io.BytesIO()
    with mpl.rc_context({"pdf.fonttype": 42}), PdfPages(buffer) as pages:
        for number in range(2):
            figure = Figure(figsize=(8, 11))
            if not text:
                figure.add_axes((0, 0, 1, 1)).imshow([[1, 2], [3, 4]])
                figure.axes[0].set_axis_off()
                pages.savefig(figure)
                continue
            figure.text(0.1, 0.9, f"Бөлім {number + 1}", fontsize=22)
            lines = (
                "Бұл абзац бірнеше жолға бөлінген, сондықтан",
                "оны қайта біріктіру керек, ал со-",
                "зылған сөз тұтас болуы тиіс.",
            )
            for at, line in enumerate(lines):
                figure.text(0.1, 0.85 - at * 0.017, line, fontsize=11)
            figure.text(0.1, 0.75, "Екінші абзац қысқа.", fontsize=11)
            if number == 0:
                for row in range(3):
                    figure.add_artist(_line((0.1, 0.5), (0.6 - row * 0.05,) * 2))
                for column in range(3):
                    figure.add_artist(_line((0.1 + column * 0.2,) * 2, (0.5, 0.6)))
                for row in range(2):
                    for column in range(2):
                        figure.text(
                            0.12 + column * 0.2,
                            0.565 - row * 0.05,
                            f"Ұяшық {row}{column}",
                        )
            pages.savefig(figure)
    return buffer.getvalue()


def _line(x: tuple[float, ...], y: tuple[float, ...]) -> Artist:
    from matplotlib.lines import Line2D

    return Line2D(x, y, color="black", linewidth=1)
