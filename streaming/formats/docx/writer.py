"""Writes Word documents (Office Open XML) with python-docx.

Every run says its language, so that Word checks Kazakh as Kazakh and Russian as Russian.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from foundation.languages import LANGUAGES, Language
from streaming.cues.model import Cue
from streaming.formats.clock import clock_time
from streaming.formats.docx.config import DocxConfig
from streaming.formats.docx.paragraphs import Paragraph, paragraphs
from streaming.formats.interface import EncodedTrack, TrackOptions

if TYPE_CHECKING:
    from docx.document import Document

MEDIA_TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
AUTOMATIC: Final[dict[Language, str]] = {
    "kk": "Мәтін автоматты түрде танылған, адам тексермеген.",
    "ru": "Текст распознан автоматически и не проверен человеком.",
    "en": "This text was recognised automatically and has not been checked by a person.",
}
_TAGS: Final[dict[Language, str]] = {"kk": "kk-KZ", "ru": "ru-RU", "en": "en-US"}
_MILLISECONDS: Final = 90


def encode(cues: Sequence[Cue], options: TrackOptions) -> EncodedTrack:
    """The transcript with times."""
    return write_docx(cues, DocxConfig(title=options.title, automatic=options.automatic))


def write_docx(cues: Sequence[Cue], config: DocxConfig) -> EncodedTrack:
    """The transcript; it keeps every letter, and no time but those of paragraphs.

    Args:
        cues: of one track, in order.
        config: what stands in it.
    """
    from docx import Document

    document = Document()
    found = paragraphs(cues, config)
    languages = [one for one in LANGUAGES if any(part.language == one for part in found)]
    created = config.created or datetime.now(UTC)
    properties = document.core_properties
    properties.author = "Dauys"
    properties.comments = ""
    properties.title = config.title[:255]
    properties.created = properties.modified = created.astimezone(UTC).replace(tzinfo=None)
    properties.language = _TAGS[languages[0]] if languages else ""
    if config.title:
        document.add_heading(" ".join(config.title.split()), level=1)
    if config.automatic:
        for language in languages or ["en"]:
            _add_run(document.add_paragraph(), AUTOMATIC[language], language).italic = True
    for paragraph in found:
        _add_paragraph(document, paragraph, config)
    stream = io.BytesIO()
    document.save(stream)
    return EncodedTrack(stream.getvalue(), MEDIA_TYPE, ".docx")


def _add_paragraph(document: Document, paragraph: Paragraph, config: DocxConfig) -> None:
    written = document.add_paragraph()
    if config.times:
        whole_seconds = max(0, paragraph.start) // _MILLISECONDS // 1000 * 1000
        stamp = clock_time(whole_seconds, ".").partition(".")[0]
        _add_run(written, f"[{stamp}] ", paragraph.language)
    if paragraph.speaker:
        _add_run(written, f"{paragraph.speaker}: ", paragraph.language).bold = True
    _add_run(written, paragraph.text, paragraph.language)


def _add_run(paragraph: Any, text: str, language: Language) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    run = paragraph.add_run(text)
    tag = OxmlElement("w:lang")
    tag.set(qn("w:val"), _TAGS[language])
    run._r.get_or_add_rPr().append(tag)
    return run
