"""SSML becomes the same items as plain text, or an error that says what to write."""

from __future__ import annotations

import html
import math
import random

import pytest

from foundation.errors import InvalidArgument
from tests.unit.text.spoken.cases import CASES
from text.spoken import (
    Break,
    Lexicon,
    LexiconEntry,
    Mark,
    Prosody,
    SpeechText,
    SpeechTextOptions,
    SpokenSentence,
    SpokenSpan,
    VoiceChoice,
)

FRONT = SpeechText(SpeechTextOptions(language="ru"))


def speak(body: str, front: SpeechText = FRONT) -> tuple[SpokenSentence, ...]:
    return front.ssml(f'<speak version="1.1">{body}</speak>')


def shown(sentence: SpokenSentence) -> list[object]:
    return [part.text if isinstance(part, SpokenSpan) else part for part in sentence.parts]


def test_a_document_without_markup_is_plain_text() -> None:
    text = "Он купил 21 книгу. Потом 2 дома & всё!"
    plain = FRONT.plain(text)
    marked = speak(text.replace("&", "&amp;"))
    assert [each.text for each in marked] == [each.text for each in plain]
    assert [each.text for each in plain] == [
        "Он купил двадцать одну книгу.",
        "Потом два дома и всё!",
    ]


def test_paragraphs_and_sentences() -> None:
    sentences = speak("<p>Раз. Два.</p><p><s>Три. Всё ещё три</s><s>Четыре</s></p>")
    assert [(each.text, each.ends_paragraph) for each in sentences] == [
        ("Раз.", False),
        ("Два.", True),
        ("Три. Всё ещё три", False),
        ("Четыре", True),
    ]


def test_breaks_stand_where_they_are_written() -> None:
    (sentence,) = speak('Раз<break/>два <break strength="x-strong"/> три<break time="1.5s"/>')
    assert shown(sentence) == ["Раз", Break(0.4), "два", Break(1.2), "три", Break(1.5)]
    (first, second) = speak('Раз. <break time="250ms"/> Два.')
    assert shown(first) == ["Раз.", Break(0.25)]
    assert shown(second) == ["Два."]
    (only,) = speak('<break strength="none"/>Раз')
    assert shown(only) == [Break(0.0), "Раз"]


def test_marks_know_their_place_in_the_document() -> None:
    document = '<speak>Раз <mark name="a"/>два. <s>Три</s><mark name="end"/></speak>'
    sentences = FRONT.ssml(document)
    marks = [part for each in sentences for part in each.parts if isinstance(part, Mark)]
    assert marks == [
        Mark("a", document.index('<mark name="a"')),
        Mark("end", document.index('<mark name="end"')),
    ]
    assert shown(sentences[0]) == ["Раз", marks[0], "два."]


def test_words_know_their_place_in_the_document() -> None:
    document = (
        '<?xml version="1.0" encoding="utf-8"?>\n<speak>Это\n<prosody rate="fast">25 %</prosody>'
        ' &amp; <sub alias="Казахстан">РК</sub>, ә&#x4D9;.</speak>'
    )
    (sentence,) = FRONT.ssml(document)
    said = [
        (span.text[t.start : t.end], document[t.source_start : t.source_end])
        for span in sentence.spans
        for t in span.tokens
    ]
    assert said == [
        ("Это", "Это"),
        ("двадцать", "25 %"),
        ("пять", "25 %"),
        ("процентов", "25 %"),
        ("и", "&amp;"),
        ("Казахстан,", "РК</sub>,"),
        ("әә.", "ә&#x4D9;."),
    ]


@pytest.mark.parametrize(
    ("attributes", "prosody"),
    [
        ('rate="slow"', Prosody(rate=0.75)),
        ('rate="150%"', Prosody(rate=1.5)),
        ('rate="+20%"', Prosody(rate=1.2)),
        ('rate="0.8"', Prosody(rate=0.8)),
        ('pitch="high"', Prosody(pitch=3)),
        ('pitch="-2st"', Prosody(pitch=-2)),
        ('pitch="+100%"', Prosody(pitch=12)),
        ('volume="+6dB"', Prosody(volume=6)),
        ('volume="silent"', Prosody(volume=-math.inf)),
        ('rate="fast" pitch="low" volume="soft"', Prosody(1.25, -3, -6)),
    ],
)
def test_prosody(attributes: str, prosody: Prosody) -> None:
    (sentence,) = speak(f"<prosody {attributes}>слово</prosody>")
    (span,) = sentence.spans
    assert span.prosody == prosody


def test_prosody_nests_and_ends() -> None:
    (sentence,) = speak(
        '<prosody rate="2" pitch="+1st">раз <prosody rate="50%" volume="-3dB">два</prosody> три'
        "</prosody> четыре"
    )
    assert [(span.text, span.prosody) for span in sentence.spans] == [
        ("раз", Prosody(2, 1)),
        ("два", Prosody(1, 1, -3)),
        ("три", Prosody(2, 1)),
        ("четыре", Prosody()),
    ]


def test_a_number_agrees_across_markup() -> None:
    (sentence,) = speak("с <emphasis>5</emphasis> домами")
    assert [span.text for span in sentence.spans] == ["с", "пятью", "домами"]
    assert next(iter(list(sentence.spans)[1:])).prosody.volume > 0


@pytest.mark.parametrize(
    ("attributes", "content", "spoken"),
    [
        ('interpret-as="cardinal"', "2026", "две тысячи двадцать шесть"),
        ('interpret-as="cardinal"', "-1 500", "минус тысяча пятьсот"),
        ('interpret-as="ordinal"', "21", "двадцать первый"),
        ('interpret-as="characters"', "А1-b", "а, один, дефис, би"),
        ('interpret-as="spell-out"', "США", "эс, ша, а"),
        ('interpret-as="digits"', "0123", "ноль один два три"),
        ('interpret-as="telephone"', "+7 701 123 45 67",
         "плюс семь семьсот один сто двадцать три сорок пять шестьдесят семь"),
        ('interpret-as="date" format="dmy"', "5.9.2026",
         "пятого сентября две тысячи двадцать шестого года"),
        ('interpret-as="date" format="mdy"', "9/5/2026",
         "пятого сентября две тысячи двадцать шестого года"),
        ('interpret-as="date" format="ymd"', "2026-09-05",
         "пятого сентября две тысячи двадцать шестого года"),
        ('interpret-as="date" format="dm"', "5.9", "пятого сентября"),
        ('interpret-as="date" format="my"', "9.2026", "сентябрь две тысячи двадцать шестого года"),
        ('interpret-as="date" format="y"', "2026", "две тысячи двадцать шестой год"),
        ('interpret-as="time"', "14:30", "четырнадцать тридцать"),
        ('interpret-as="time" format="hms24"', "9.05", "девять ноль пять"),
        ('interpret-as="currency"', "5,30 ₽", "пять рублей тридцать копеек"),
        ('interpret-as="unit"', "60 км/ч", "шестьдесят километров в час"),
        ('interpret-as="fraction"', "3/4", "три четверти"),
        ('interpret-as="fraction"', "2 1/2", "две целых одна вторая"),
    ],
)  # fmt: skip
def test_say_as(attributes: str, content: str, spoken: str) -> None:
    (sentence,) = speak(f"<say-as {attributes}>{content}</say-as>")
    assert sentence.text == spoken


def test_say_as_in_each_language() -> None:
    as_date = '<say-as interpret-as="date" format="dm">5.9</say-as>'
    said = [
        speak(f'<lang xml:lang="{tag}">{as_date}</lang>')[0].text
        for tag in ("kk-KZ", "ru", "en-GB")
    ]
    assert said == ["бесінші қыркүйек", "пятого сентября", "the fifth of September"]


def test_phonemes_substitutes_languages_and_voices() -> None:
    (sentence,) = speak(
        'Слово <phoneme alphabet="ipa" ph="ˈslovə">слово</phoneme> и <sub alias="два дома">2д</sub>'
        ' <lang xml:lang="en">in 2026</lang>'
        ' <voice name="irina denis" gender="female" languages="ru kk">да</voice>'
    )
    assert [(span.language, span.text, span.ipa, span.voice) for span in sentence.spans] == [
        ("ru", "Слово", "", None),
        ("ru", "слово", "ˈslovə", None),
        ("ru", "и два дома", "", None),
        ("en", "in twenty twenty-six", "", None),
        ("ru", "да", "", VoiceChoice(("irina", "denis"), "female", ("ru", "kk"))),
    ]


def test_the_document_names_its_language() -> None:
    (sentence,) = SpeechText().ssml('<speak xml:lang="en">1 km</speak>')
    assert [(span.language, span.text) for span in sentence.spans] == [("en", "one kilometre")]


def test_markup_comes_before_the_lexicon() -> None:
    front = SpeechText(
        SpeechTextOptions(language="ru"), Lexicon([LexiconEntry("РК", None, "эрка")])
    )
    (sentence,) = speak('РК <sub alias="Казахстан">РК</sub>', front)
    assert sentence.text == "эрка Казахстан"


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ("", "is empty; it must be a <speak> element"),
        ("<speak>", "line 1, column 8: not well-formed: no element found"),
        ("<speak>\n <a></speak>", "line 2, column 2: <a> is not supported inside <speak>; allowed"),
        ("<say/>", "<say> is the root; it must be <speak>"),
        ("<speak><audio src='x'/></speak>", "<audio> is not supported inside <speak>; allowed"),
        ("<speak><p><p>a</p></p></speak>", "<p> is not allowed inside <p>; allowed are <s>"),
        ("<speak><s><p>a</p></s></speak>", "<p> is not allowed inside <s>"),
        ("<speak><break>a</break></speak>", "<break> holds text; it must be empty"),
        ("<speak><sub alias='b'><break/></sub></speak>", "<break> inside <sub>, which must hold"),
        ("<speak>&nbsp;</speak>", "undefined entity"),
        ("<!DOCTYPE speak [<!ENTITY a 'b'>]><speak>&a;</speak>", "a DOCTYPE is not allowed"),
        ("<!DOCTYPE speak SYSTEM 'http://a/b'><speak>a</speak>", "a DOCTYPE is not allowed"),
        ("<speak><break time='99s'/>a</speak>", "<break>: time='99s'; 10s are allowed"),
        ("<speak><break time='1'/>a</speak>", "time='1' is not a time such as 500ms or 1.5s"),
        ("<speak><break strength='big'/>a</speak>", "strength='big' is not one of none, x-weak"),
        ("<speak><break long='1'/>a</speak>", "<break> has no attribute 'long'; it has str"),
        ("<speak><say-as>1</say-as></speak>", "<say-as> needs the attribute 'interpret-as'"),
        ("<speak><say-as interpret-as='x'>1</say-as></speak>", "'x' is not one of cardinal"),
        ("<speak><say-as interpret-as='date'>abc</say-as></speak>", "'abc' is not a date"),
        ("<speak><say-as interpret-as='date' format='md'>13.5</say-as></speak>", "in the order md"),
        ("<speak><say-as interpret-as='cardinal'>x</say-as></speak>", "'x' is not a whole number"),
        ("<speak><say-as interpret-as='ordinal'>0</say-as></speak>", "from 1 to 15 digits"),
        ("<speak><say-as interpret-as='time'>25:00</say-as></speak>", "'25:00' is not a time"),
        ("<speak><prosody>a</prosody></speak>", "<prosody>: needs rate, pitch or volume"),
        ("<speak><prosody rate='9'>a</prosody></speak>", "a rate of 9; 0.25 to 4.0 are allowed"),
        ("<speak><prosody pitch='200Hz'>a</prosody></speak>", "a pitch in Hz depends on the voice"),
        ("<speak><prosody volume='80'>a</prosody></speak>", "nor +6dB or -3dB"),
        ("<speak><prosody contour='x'>a</prosody></speak>", "it has rate, pitch, volume"),
        ("<speak><emphasis level='x'>a</emphasis></speak>", "level='x' is not one of none"),
        ("<speak><phoneme ph='Hello'>a</phoneme></speak>", "X-SAMPA and ARPAbet are not read"),
        ("<speak><phoneme alphabet='x-sampa' ph='a'>a</phoneme></speak>", "only ipa is read"),
        ("<speak><sub alias='b'> </sub></speak>", "<sub> is empty"),
        ("<speak><lang>a</lang></speak>", "<lang> needs the attribute 'xml:lang'"),
        ("<speak xml:lang='de'>a</speak>", "xml:lang='de'; languages are kk, ru, en"),
        ("<speak><voice>a</voice></speak>", "<voice>: needs name, gender or languages"),
        ("<speak><voice gender='x'>a</voice></speak>", "is not one of male, female, neutral"),
        ("<speak><mark/>a</speak>", "<mark> needs the attribute 'name'"),
        ("<speak version='2'>a</speak>", "version='2'; 1.0 and 1.1 are read"),
        ("<speak xmlns='http://x'>a</speak>", "is of the namespace http://x"),
        ("<speak> </speak>", "holds nothing that can be spoken"),
        ("<speak><break/></speak>", "holds nothing that can be spoken"),
        ("<speak>\ud800</speak>", "half of a surrogate pair"),
        ("<speak>" + "<emphasis>" * 32 + "</speak>", "nested more than 32 deep"),
        ("<speak>" + "<break/>" * 10_001 + "</speak>", "more than 10000 breaks and marks"),
        ("<speak>" + "a " * 600_000 + "</speak>", "1048576 are allowed"),
    ],
)  # fmt: skip
def test_errors_say_where_and_what_is_allowed(document: str, message: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        FRONT.ssml(document)
    assert caught.value.field == "ssml"
    assert message in caught.value.description


class Documents:
    """Documents made at random of the tables' print and of every inline element."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.print = [case.written for cases in CASES.values() for case in cases]

    def text(self) -> str:
        if self.draw.random() < 0.8:
            return html.escape(self.draw.choice(self.print))
        letters = (self.draw.choice("ab9²Ⅳ½⅞中, .-+қЖ€№") for _ in range(self.draw.randrange(1, 8)))
        return "".join(letters)

    def node(self, depth: int = 0) -> str:
        draw = self.draw
        if depth > 4 or draw.random() < 0.45:
            return self.text() + draw.choice([" ", ". ", ", ", ""])
        inner = "".join(self.node(depth + 1) for _ in range(draw.randrange(1, 4)))
        return draw.choice(
            [
                f'<prosody rate="{draw.choice(["slow", "80%"])}">{inner}</prosody>',
                f'<lang xml:lang="{draw.choice(["kk", "ru", "en"])}">{inner}</lang>',
                f"<emphasis>{inner}</emphasis>",
                f"{inner}<break/>",
                f'{inner}<mark name="m"/>',
                f'<voice gender="male">{inner}</voice>',
                f'<sub alias="{html.escape(draw.choice(self.print))}">{self.text()}x</sub>',
                f'<phoneme ph="aː">{self.text()}x</phoneme>',
            ]
        )


def test_documents_made_at_random_are_read_with_every_place_in_order() -> None:
    documents = Documents(4)
    lexicon = Lexicon([LexiconEntry("10", None, "десяток"), LexiconEntry("км", None, "кэмэ")])
    for number in range(150):
        language = documents.draw.choice([None, "kk", "ru", "en"])
        options = SpeechTextOptions(language=language, drop_unspeakable=True)  # type: ignore[arg-type]
        body = "".join(f"<p>{documents.node()}</p>" for _ in range(1 + number % 3))
        document = f"<speak>слово {body}</speak>"
        sentences = SpeechText(options, lexicon).ssml(document)
        marks = [p for s in sentences for p in s.parts if isinstance(p, Mark)]
        assert len(marks) == document.count("<mark")
        breaks = [p for s in sentences for p in s.parts if isinstance(p, Break)]
        assert len(breaks) == document.count("<break")
        for span in (span for sentence in sentences for span in sentence.spans):
            assert " ".join(span.text[t.start : t.end] for t in span.tokens) == span.text
            assert not any(map(str.isdigit, span.text)), (span.text, document)
            places = [(token.source_start, token.source_end) for token in span.tokens]
            assert all(0 <= first < last <= len(document) for first, last in places)
            assert places == sorted(places)
