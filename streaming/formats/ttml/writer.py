"""Writes IMSC 1.1 Text (https://www.w3.org/TR/ttml-imsc1.1/) and EBU-TT-D (EBU Tech 3380).

One document serves both: it keeps to what EBU-TT-D has, which is a subset of IMSC 1.1 (IMSC 1.1
annex on EBU-TT-D), and the profile decides what is declared. White space is preserved.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from xml.sax.saxutils import escape, quoteattr

from foundation.languages import Language
from foundation.media_time import Ticks
from streaming.cues.model import Cue
from streaming.formats.interface import TrackOptions
from streaming.formats.text_lines import text_lines
from streaming.formats.ttml.config import Place, Profile, TtmlConfig
from streaming.formats.ttml.times import media_interval

IMSC_TEXT: Final = "http://www.w3.org/ns/ttml/profile/imsc1.1/text"
EBU_TT_D: Final = "urn:ebu:tt:distribution:2018-04"

NAMESPACES: Final = {
    "xmlns": "http://www.w3.org/ns/ttml",
    "xmlns:ttp": "http://www.w3.org/ns/ttml#parameter",
    "xmlns:tts": "http://www.w3.org/ns/ttml#styling",
    "xmlns:ttm": "http://www.w3.org/ns/ttml#metadata",
    "xmlns:ebuttm": "urn:ebu:tt:metadata",
    "xmlns:ebutts": "urn:ebu:tt:style",
}
_BODY: Final = '  <body>\n    <div style="paragraph">\n'
_END: Final = "    </div>\n  </body>\n</tt>\n"
AUTOMATIC: Final = {
    "kk": "Автоматты түрде жасалған субтитр; адам тексермеген.",
    "ru": "Субтитры созданы автоматически и не проверены человеком.",
    "en": "Automatic subtitles, not checked by a person.",
}


class TtmlWriter:
    """Writes a document cue by cue.

    Args:
        config: profile and looks.
    """

    media_type = "application/ttml+xml"

    def __init__(self, config: TtmlConfig | None = None) -> None:
        self.config = config or TtmlConfig()
        self.extension = ".ttml" if self.config.profile is Profile.IMSC else ".ebuttd.xml"
        self._body_open = False

    def header(self) -> str:
        """Everything up to the body."""
        config = self.config
        attributes = NAMESPACES | {
            "xml:lang": config.language or "",
            "xml:space": "preserve",
            "ttp:timeBase": "media",
            "ttp:cellResolution": "32 15",
        }
        if config.profile is Profile.IMSC:
            attributes["ttp:contentProfiles"] = IMSC_TEXT
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<tt {written(attributes)}>\n"
            "  <head>\n"
            f"{metadata(self.config, self._standard)}"
            f"{styling(self.config)}"
            f"{layout(self.config)}"
            "  </head>\n"
        )

    def cue(self, cue: Cue) -> str:
        """One paragraph; nothing for a cue without a letter."""
        paragraph = self._paragraph(cue, cue.start, cue.end)
        if not paragraph or self._body_open:
            return paragraph
        # EBU-TT-D has no empty body: it is opened when there is something in it.
        self._body_open = True
        return _BODY + paragraph

    def footer(self) -> str:
        """Closes the document."""
        return _END if self._body_open else "</tt>\n"

    def segment(self, cues: Iterable[Cue], start: Ticks, end: Ticks, *, clip: bool = True) -> str:
        """A live document: what is on the screen from ``start`` to ``end``, on the same clock.

        A cue that goes on in the next segment stands in both (ISO/IEC 14496-30 lets every sample
        be shown without the others). A segment in which nothing is shown has no body.

        Args:
            cues: of one track, in order; those outside are passed over.
            start: media time of the segment's beginning.
            end: media time of its end.
            clip: say of a cue that lasts longer than the segment only the time within it. Without
                that it has its own times in each, by which a player may know it again; what
                carries the document must then say when it is shown, as a sample of MP4 does.
        """
        shown = "".join(
            self._paragraph(
                cue,
                max(cue.start, start) if clip else cue.start,
                min(cue.end, end) if clip else cue.end,
            )
            for cue in cues
            if cue.start < end and cue.end > start
        )
        return self.header() + (_BODY + shown + _END if shown else "</tt>\n")

    def _paragraph(self, cue: Cue, start: Ticks, end: Ticks) -> str:
        lines = text_lines(cue)
        if not lines:
            return ""
        begin, until = media_interval(start, end, self.config.fraction_digits)
        attributes = {"xml:id": f"c{cue.index}", "region": self.config.place.value}
        if cue.language != self.config.language:
            attributes["xml:lang"] = cue.language
        attributes |= {"begin": begin, "end": until}
        return f"      <p {written(attributes)}>{spans(lines)}</p>\n"

    @property
    def _standard(self) -> str:
        return IMSC_TEXT if self.config.profile is Profile.IMSC else EBU_TT_D


def metadata(config: TtmlConfig, standard: str) -> str:
    """What a document says of itself."""
    system = escape(config.originating_system)
    fields = [
        f"<ebuttm:conformsToStandard>{standard}</ebuttm:conformsToStandard>",
        f"<ebuttm:documentOriginatingSystem>{system}</ebuttm:documentOriginatingSystem>",
    ]
    described = ""
    if config.title:
        described += f"      <ttm:title>{escape(config.title)}</ttm:title>\n"
    if config.automatic:
        label = AUTOMATIC[config.language or "en"]
        described += f"      <ttm:desc>{label}</ttm:desc>\n"
    inner = "".join(f"        {field}\n" for field in fields)
    return (
        "    <metadata>\n"
        f"{described}"
        f"      <ebuttm:documentMetadata>\n{inner}      </ebuttm:documentMetadata>\n"
        "    </metadata>\n"
    )


def styling(config: TtmlConfig) -> str:
    """The styles ``paragraph`` and ``text``."""
    return (
        "    <styling>\n"
        '      <style xml:id="paragraph" tts:fontFamily="proportionalSansSerif"'
        f' tts:fontSize="{config.font_percent}%" tts:lineHeight="125%"'
        ' tts:textAlign="center" ebutts:linePadding="0.5c"/>\n'
        '      <style xml:id="text" tts:color="#FFFFFF" tts:backgroundColor="#000000C2"/>\n'
        "    </styling>\n"
    )


def layout(config: TtmlConfig) -> str:
    """The region, named by the place."""
    margin = config.safe_margin_percent
    inside = 100 - 2 * margin
    align = "after" if config.place is Place.BOTTOM else "before"
    return (
        "    <layout>\n"
        f'      <region xml:id="{config.place}" tts:origin="{margin}% {margin}%"'
        f' tts:extent="{inside}% {inside}%" tts:displayAlign="{align}"'
        ' tts:overflow="visible"/>\n'
        "    </layout>\n"
    )


def spans(lines: Sequence[str]) -> str:
    """Lines as spans of the style ``text``."""
    return "<br/>".join(f'<span style="text">{escape(line)}</span>' for line in lines)


def written(attributes: Mapping[str, str]) -> str:
    """Attributes as XML."""
    return " ".join(f"{name}={quoteattr(value)}" for name, value in attributes.items())


def imsc_writer(options: TrackOptions, language: Language | None) -> TtmlWriter:
    """A writer of IMSC 1.1 Text with the default looks."""
    return _writer(Profile.IMSC, options, language)


def ebu_tt_d_writer(options: TrackOptions, language: Language | None) -> TtmlWriter:
    """A writer of EBU-TT-D with the default looks."""
    return _writer(Profile.EBU_TT_D, options, language)


def _writer(profile: Profile, options: TrackOptions, language: Language | None) -> TtmlWriter:
    return TtmlWriter(
        TtmlConfig(profile, language, title=options.title, automatic=options.automatic)
    )
