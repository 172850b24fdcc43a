"""Sentences, languages inside them, streams."""

from __future__ import annotations

import math
import tracemalloc

import pytest

from foundation.errors import InvalidArgument
from foundation.languages import Language
from text.spoken import (
    Lexicon,
    LexiconEntry,
    Note,
    NoteKind,
    SpeechText,
    SpeechTextOptions,
    SpokenSentence,
)


def spans(sentence: SpokenSentence) -> list[tuple[Language, str]]:
    return [(span.language, span.text) for span in sentence.spans]


def plain(text: str, language: Language | None = None) -> list[list[tuple[Language, str]]]:
    front = SpeechText(SpeechTextOptions(language=language))
    return [spans(sentence) for sentence in front.plain(text)]


@pytest.mark.parametrize("text", ["...", "* * *\n—\n«»", "?!", "\U0001f600 !"])
def test_a_text_without_a_letter_or_digit_cannot_be_spoken(text: str) -> None:
    with pytest.raises(InvalidArgument, match="nothing that can be spoken"):
        plain(text, "en")
    with pytest.raises(InvalidArgument, match="nothing that can be spoken"):
        SpeechText(SpeechTextOptions("en")).ssml(f"<speak>{text}</speak>")


def test_latin_names_in_a_kazakh_sentence_are_english() -> None:
    assert plain("Компания Microsoft 2026 жылы 5 өнім жариялады.") == [
        [
            ("kk", "Компания"),
            ("en", "Microsoft"),
            ("kk", "екі мың жиырма алтыншы жылы бес өнім жариялады."),
        ]
    ]


def test_kazakh_names_in_a_russian_sentence_are_kazakh() -> None:
    assert plain("Дворец Тәуелсіздік открыт с 9:00.", "ru") == [
        [("ru", "Дворец"), ("kk", "Тәуелсіздік"), ("ru", "открыт с девяти ноль ноль.")]
    ]


def test_russian_loans_stay_kazakh_and_russian_phrases_do_not() -> None:
    assert plain("Министр жаңа программа туралы айтты.", "kk") == [
        [("kk", "Министр жаңа программа туралы айтты.")]
    ]
    mixed = plain("Ол маған: я не знаю что делать, деп жауап берді, солай болды.", "kk")
    assert mixed[0] == [
        ("kk", "Ол маған:"),
        ("ru", "я не знаю что делать,"),
        ("kk", "деп жауап берді, солай болды."),
    ]


def test_cyrillic_in_an_english_sentence_is_told() -> None:
    assert plain("The word қазақша means in Kazakh.", "en") == [
        [("en", "The word"), ("kk", "қазақша"), ("en", "means in Kazakh.")]
    ]


def test_each_sentence_has_its_language() -> None:
    assert plain("Ол әдемі екен! Я пошёл домой. Hello, Mr. Smith, how are you?") == [
        [("kk", "Ол әдемі екен!")],
        [("ru", "Я пошёл домой.")],
        [("en", "Hello, Mister Smith, how are you?")],
    ]


def test_a_whole_sentence_of_another_language_changes_the_voice() -> None:
    assert plain("Бүгін 5 мамыр. Сегодня мы встретимся в 14:30.", "kk") == [
        [("kk", "Бүгін бесінші мамыр.")],
        [("ru", "Сегодня мы встретимся в четырнадцать тридцать.")],
    ]
    one = SpeechText(SpeechTextOptions(language="kk", other_languages=False))
    assert [spans(each) for each in one.plain("Компания Apple 2 өнім шығарды.")] == [
        [("kk", "Компания Apple екі өнім шығарды.")]
    ]


def test_latin_kazakh_is_spoken_as_cyrillic_and_keeps_its_places() -> None:
    text = "Qazaqstan Respublikasy 2026 jyly damidy."
    (sentence,) = SpeechText().plain(text)
    (span,) = sentence.spans
    assert span.language == "kk"
    assert span.text == "Қазақстан Республикасы екі мың жиырма алтыншы жылы дамиды."
    places = [text[token.source_start : token.source_end] for token in span.tokens]
    assert places == ["Qazaqstan", "Respublikasy", *["2026 jyly"] * 5, "damidy."]


def test_latin_kazakh_takes_the_lexicon_and_markup() -> None:
    front = SpeechText(
        SpeechTextOptions(language="kk"), Lexicon([LexiconEntry("Astana", "kk", "астанаа")])
    )
    text = "Bızdıñ Astana qalasy 2026 jyly keñeidı."
    (sentence,) = front.plain(text)
    assert sentence.text == "Біздің астанаа қаласы екі мың жиырма алтыншы жылы кеңейді."
    (span,) = sentence.spans
    assert text[span.tokens[1].source_start : span.tokens[1].source_end] == "Astana"
    (sentence,) = front.ssml(
        '<speak>Bızdıñ qala <sub alias="екі үй">2 ui</sub> <emphasis>älemı</emphasis></speak>'
    )
    assert sentence.text == "Біздің қала екі үй әлемі"


def test_words_know_their_place_in_the_whole_text() -> None:
    text = "Бірінші сөйлем.  \n\nБаға 25 %-ға өсті 😀, т.б."
    sentences = SpeechText(SpeechTextOptions(language="kk")).plain(text)
    assert [text[each.start : each.end] for each in sentences] == [
        "Бірінші сөйлем.",
        "Баға 25 %-ға өсті 😀, т.б.",
    ]
    assert [each.ends_paragraph for each in sentences] == [True, False]
    (span,) = sentences[1].spans
    said = [(span.text[t.start : t.end], text[t.source_start : t.source_end]) for t in span.tokens]
    assert said == [
        ("Баға", "Баға"),
        ("жиырма", "25 %-ға"),
        ("бес", "25 %-ға"),
        ("пайызға", "25 %-ға"),
        ("өсті,", "өсті 😀,"),
        ("тағы", "т.б."),
        ("басқа.", "т.б."),
    ]
    at = text.index("😀")
    assert sentences[1].notes == (Note(NoteKind.EMOJI, "😀", at, at + 1),)


def test_a_sentence_is_released_when_it_is_certainly_complete() -> None:
    stream = SpeechText(SpeechTextOptions(language="ru")).stream()
    assert stream.feed("Это случилось в 1998 г") == ()
    assert stream.feed(". ") == ()  # it may go on: г. Алматы
    assert stream.feed("О") == ()
    (first,) = stream.feed("н приехал. ")
    assert first.text == "Это случилось в тысяча девятьсот девяносто восьмом году."
    assert stream.feed("") == ()
    (rest,) = stream.finish()
    assert (rest.text, rest.start) == ("Он приехал.", 24)


def test_brackets_and_quotations_are_waited_for() -> None:
    stream = SpeechText(SpeechTextOptions(language="en")).stream()
    assert stream.feed("He said (it was late. And dark. ") == ()
    (whole,) = (*stream.feed("Very dark) that he left. "), *stream.finish())
    assert whole.text == "He said (it was late. And dark. Very dark) that he left."


def test_a_line_break_ends_a_sentence_and_flush_ends_what_is_held() -> None:
    stream = SpeechText(SpeechTextOptions(language="en")).stream()
    (title,) = stream.feed("The news\nToday")
    assert title.text == "The news"
    (held,) = stream.flush()
    assert held.text == "Today"
    assert stream.finish() == ()


def test_text_without_an_end_streams_in_bounded_memory() -> None:
    stream = SpeechText(SpeechTextOptions(language="en", other_languages=False)).stream()
    piece = ("and so on and on " * 60)[:1000]
    stream.feed(piece * 3)
    characters = 0
    tracemalloc.start()
    for _ in range(100):
        for sentence in stream.feed(piece):
            characters += len(sentence.text)
            assert len(sentence.text) <= 1000
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert characters > 95_000
    assert peak < 1 << 20


def test_long_sentences_are_cut_between_words_with_a_note() -> None:
    text = "Ол " + "сөз, " * 300 + "2026 жылы " * 100
    sentences = SpeechText(SpeechTextOptions(language="kk")).plain(text)
    assert all(len(each.text) <= 1000 for each in sentences)
    assert sum(each.text.count("сөз") for each in sentences) == 300
    assert sum(each.text.count("алтыншы") for each in sentences) == 100
    assert any(note.kind is NoteKind.SPLIT for each in sentences for note in each.notes)
    word = SpeechText(SpeechTextOptions(language="en")).plain("a" * 3500)
    assert [len(each.text) for each in word] == [1000, 1000, 1000, 500]


@pytest.mark.parametrize("text", ["", "  \n ", "😀", "★★★", "*"])
def test_nothing_to_speak_is_an_error(text: str) -> None:
    with pytest.raises(InvalidArgument, match="text: holds nothing that can be spoken"):
        SpeechText().plain(text)


def test_a_stream_goes_on_after_an_error() -> None:
    stream = SpeechText(SpeechTextOptions(language="ru")).stream()
    with pytest.raises(InvalidArgument, match="U\\+4E2D"):
        stream.feed("Раз. Слово 中文 здесь. Дальше идёт речь. Конец")
    said = [each.text for each in stream.finish()]
    assert said == ["Раз.", "Дальше идёт речь.", "Конец"]


def test_errors_tell_the_place_in_the_whole_text() -> None:
    with pytest.raises(InvalidArgument, match="at character 19; voices speak"):
        SpeechText().plain("Первое. Второе же (中). Третье.")
    with pytest.raises(InvalidArgument, match="150 digits at character 10; 100 are read"):
        SpeechText().ssml("<speak><s>" + "9" * 150 + "</s></speak>")


def test_options_are_checked() -> None:
    with pytest.raises(InvalidArgument, match="max_sentence_characters: 5 is not 100 to 10000"):
        SpeechTextOptions(max_sentence_characters=5)
    with pytest.raises(InvalidArgument, match="language: 'de'"):
        SpeechTextOptions(language="de")  # type: ignore[arg-type]


def test_text_is_not_normalised_when_told() -> None:
    front = SpeechText(
        SpeechTextOptions(language="en", normalise=False),
        Lexicon([LexiconEntry("SQL", "en", "sequel")]),
    )
    (sentence,) = front.plain("SQL has 5  rows.")
    assert sentence.text == "sequel has 5 rows."
    assert math.isclose(next(sentence.spans).prosody.rate, 1)
