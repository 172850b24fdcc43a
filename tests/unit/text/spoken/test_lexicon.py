"""A tenant's pronunciations."""

from __future__ import annotations

import pytest

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.spoken import Lexicon, LexiconEntry, SpeechText, SpeechTextOptions, parse_lexicon

ENTRIES = Lexicon(
    [
        LexiconEntry("Microsoft", "kk", "майкрософт"),
        LexiconEntry("Microsoft", None, "майкрасофт"),
        LexiconEntry("New York", None, "нью йорк", "njuː jɔːk"),
        LexiconEntry("New York Times", None, "нью йорк таймс"),
        LexiconEntry("US", "en", "united states"),
        LexiconEntry("ҚР", "kk", "Қазақстан Республикасы"),
        LexiconEntry("C++", None, "си плюс плюс"),
        LexiconEntry("Nginx", "en", ipa="ˈendʒɪnˌeks"),
    ]
)


def said(text: str, language: Language, lexicon: Lexicon = ENTRIES) -> str:
    options = SpeechTextOptions(language=language, other_languages=False)
    return " ".join(each.text for each in SpeechText(options, lexicon).plain(text))


@pytest.mark.parametrize(
    ("language", "text", "spoken"),
    [
        ("kk", "Microsoft келді", "майкрософт келді"),
        ("ru", "microsoft пришёл", "майкрасофт пришёл"),
        ("kk", "Microsoftтың кеңсесі", "майкрософттың кеңсесі"),
        ("kk", "Microsoft-тан", "майкрософттан"),
        ("ru", "в New York Times", "в нью йорк таймс"),
        ("ru", "в New\u00a0York приехал", "в нью йорк приехал"),
        ("en", "the US and us", "the united states and us"),
        ("kk", "ҚР-дағы заң", "Қазақстан Республикасындағы заң"),
        ("kk", "ҚР-ға", "Қазақстан Республикасына"),
        ("ru", "C++, да", "си плюс плюс, да"),
        ("ru", "Microsofts", "Microsofts"),
        ("en", "USB", "you ess bee"),
    ],
)
def test_the_longest_entry_is_read(language: Language, text: str, spoken: str) -> None:
    assert said(text, language) == spoken


def test_a_pronunciation_is_a_span_of_its_own() -> None:
    front = SpeechText(SpeechTextOptions(language="en"), ENTRIES)
    (sentence,) = front.plain("We run Nginx 2.0 here.")
    assert [(span.text, span.ipa) for span in sentence.spans] == [
        ("We run", ""),
        ("Nginx", "ˈendʒɪnˌeks"),
        ("two point zero here.", ""),
    ]


def test_tab_separated_lines() -> None:
    lexicon = parse_lexicon(
        "\ufeffwritten\tlanguage\trespelling\tipa\n# names\n\nGIF\tany\tджиф\nYAML\ten\t\tˈjæməl\n"
    )
    assert lexicon.entries == (
        LexiconEntry("GIF", None, "джиф"),
        LexiconEntry("YAML", "en", ipa="ˈjæməl"),
    )


PLS = """<?xml version="1.0" encoding="UTF-8"?>
<lexicon version="1.0" xmlns="http://www.w3.org/2005/01/pronunciation-lexicon"
      alphabet="ipa" xml:lang="en-GB">
  <!-- a comment -->
  <lexeme><grapheme>judgment</grapheme><grapheme>judgement</grapheme>
    <phoneme>ˈdʒʌdʒ.mənt</phoneme></lexeme>
  <lexeme><grapheme>W3C</grapheme><alias>World Wide Web Consortium</alias></lexeme>
  <lexeme><grapheme>either</grapheme><phoneme>ˈiːðə</phoneme>
    <phoneme prefer="true">ˈaɪðə</phoneme></lexeme>
</lexicon>
"""


def test_w3c_lexicons() -> None:
    lexicon = parse_lexicon(PLS)
    assert lexicon.entries == (
        LexiconEntry("judgment", "en", ipa="ˈdʒʌdʒ.mənt"),
        LexiconEntry("judgement", "en", ipa="ˈdʒʌdʒ.mənt"),
        LexiconEntry("W3C", "en", "World Wide Web Consortium"),
        LexiconEntry("either", "en", ipa="ˈaɪðə"),
    )
    assert said("the W3C says", "en", lexicon) == "the World Wide Web Consortium says"


@pytest.mark.parametrize(
    ("text", "field", "message"),
    [
        ("a\tkk\tб\tв\tг", "line 1", "5 columns"),
        ("a\tde\tб", "line 1, language", "'de' is not one of kk, ru, en, any"),
        ("x\tkk", "line 1, respelling", "empty"),
        ("#\nx\tkk\t5", "line 2, respelling", "digits"),
        ("x\tkk\t\t\"kar", "line 1, ipa", "X-SAMPA"),
        ("x\tkk\t\tкар", "line 1, ipa", "Cyrillic"),
        ("x\tkk\tа\ny\tkk\tа\nX\tkk\tб", "line 3, written", "stands twice"),
        (f"{'x' * 101}\tkk\tа", "line 1, written", "101 characters"),
        ("<lexicon/>", "line 1", "pronunciation-lexicon"),
        ("<lexicon>", "line 1", "not well-formed"),
        (PLS.replace('"ipa"', '"x-sampa"'), "line 5, alphabet", "only ipa is read"),
        (PLS.replace("<lexicon", "<!DOCTYPE lexicon [<!ENTITY a 'b'>]><lexicon", 1), "lexicon",
         "DOCTYPE"),
    ],
)  # fmt: skip
def test_errors_name_the_line(text: str, field: str, message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        parse_lexicon(text)
    assert caught.value.field == field
    assert message in caught.value.description


def test_limits() -> None:
    with pytest.raises(InvalidArgument, match="5001 entries; 5000 are allowed"):
        Lexicon(LexiconEntry(f"w{'a' * (n % 50)}{n}", None, "б") for n in range(5_001))
    with pytest.raises(InvalidArgument, match="2097152 are allowed"):
        parse_lexicon("#" * ((2 << 20) + 1))
