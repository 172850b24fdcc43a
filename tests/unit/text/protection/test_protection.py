from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from text.protection import PlaceholderStyle, SpanKind, protect, restore

SPANS = [
    ("https://egemen.kz/page?a=1&b=2", SpanKind.URL),
    ("www.gov.kz", SpanKind.URL),
    ("egemen.kz/news", SpanKind.URL),
    ("https://ru.wikipedia.org/wiki/Абай_(ақын)", SpanKind.URL),
    ("a.b-c@mail.example.kz", SpanKind.EMAIL),
    ("<b>", SpanKind.TAG),
    ("</b>", SpanKind.TAG),
    ('<a href="x" class=y>', SpanKind.TAG),
    ("<br/>", SpanKind.TAG),
    ("&nbsp;", SpanKind.TAG),
    ("%s", SpanKind.VARIABLE),
    ("%1$d", SpanKind.VARIABLE),
    ("%1", SpanKind.VARIABLE),
    ("%(name)s", SpanKind.VARIABLE),
    ("%.2f", SpanKind.VARIABLE),
    ("%NAME%", SpanKind.VARIABLE),
    ("{name}", SpanKind.VARIABLE),
    ("{}", SpanKind.VARIABLE),
    ("{ $count }", SpanKind.VARIABLE),
    ("{{user.name}}", SpanKind.VARIABLE),
    ("${x}", SpanKind.VARIABLE),
    ("$1", SpanKind.VARIABLE),
    ("[1]", SpanKind.REFERENCE),
    ("[2, 5–7]", SpanKind.REFERENCE),
    ("35 %", SpanKind.NUMBER),
    ("$5.6", SpanKind.NUMBER),
    ("3500 ₸", SpanKind.NUMBER),
    ("250 000 ₸", SpanKind.NUMBER),
    ("−5°", SpanKind.NUMBER),
    ("20 km/h", SpanKind.NUMBER),
    ("10–15 kg", SpanKind.NUMBER),
]


@pytest.mark.parametrize(("span", "kind"), SPANS)
def test_a_span_is_found_whole(span: str, kind: SpanKind) -> None:
    text = f"Бұл {span}, ал сол."
    protected = protect(text)
    assert [(each.text, each.kind) for each in protected.spans] == [(span, kind)]
    assert protected.text == "Бұл %1, ал сол."
    assert restore(protected.text, protected).text == text


@pytest.mark.parametrize(
    "text",
    [
        "2026 жылы 15 адам келді, 12 км жүрді.",
        "a < b and c > d",
        "Ол келді.Сосын кетті.",
        "жүз пайыз сенімді емес",
        "AT&T және R&D",
        "It costs 5 in total",
    ],
)
def test_language_is_no_span(text: str) -> None:
    assert protect(text).spans == ()


def test_marks_after_an_address_belong_to_the_sentence() -> None:
    assert protect("Қараңыз (https://a.kz/b).").text == "Қараңыз (%1)."
    assert protect("Сайт: egemen.kz.").text == "Сайт: %1."


def test_cyrillic_units_on_request() -> None:
    assert protect("12 км және 5 кг", cyrillic_units=True).text == "%1 және %2"


def test_terms_are_whole_words_in_their_case() -> None:
    protected = protect(
        "NASA-ның және Air Astana, nasa, NASAда.", terms=["NASA", "Air", "Air Astana"]
    )
    assert protected.text == "%1-ның және %2, nasa, NASAда."
    assert [span.text for span in protected.spans] == ["NASA", "Air Astana"]


def test_kinds_are_chosen() -> None:
    assert protect("[1] %s", kinds={SpanKind.REFERENCE}).text == "%1 %s"
    assert protect("[1] %s", kinds=()).text == "[1] %s"


def test_numbers_that_the_text_has_itself_are_not_used() -> None:
    protected = protect("Бағасы 1 % және %2, [5]", kinds={SpanKind.REFERENCE})
    assert protected.text == "Бағасы 1 % және %2, %3"
    assert restore(protected.text, protected).text == "Бағасы 1 % және %2, [5]"


def test_placeholders_do_not_touch_letters_and_each_other() -> None:
    text = "<b>Жаңа</b>{n}5 сөз"
    protected = protect(text)
    assert protected.text == "%1 Жаңа %2 %3 5 сөз"
    assert restore(protected.text, protected).text == text
    assert restore("%1 Новое %2 %3 5 слов", protected).text == "<b>Новое</b>{n}5 слов"


@pytest.mark.parametrize(
    ("style", "translated"),
    [
        (PlaceholderStyle.PERCENT, ["% 2 и %1", "％2 и 1%", "2 % и %1"]),
        (PlaceholderStyle.DOLLAR, ["$ 2 и $1", "2$ и $1", "2 $ и 1$"]),
        (PlaceholderStyle.BRACES, ["{ 2 } и {1}", "[2] и (1)", "｛2｝ и {1}"]),
        (PlaceholderStyle.TAG, ["<X2/> и <x 1 />", "<х2/> и <x1>", "< x2 / > и <x1/>"]),
    ],
)
def test_changed_placeholders_are_found(style: PlaceholderStyle, translated: list[str]) -> None:
    protected = protect("{a} және {b}", style=style)
    for text in translated:
        restored = restore(text, protected)
        assert restored.text == "{b} и {a}"
        assert restored.lost == restored.repeated == ()


def test_lost_and_repeated_placeholders_are_named() -> None:
    protected = protect("{a} және {b} мен {c}")
    restored = restore("%1 и %1, %9", protected)
    assert restored.text == "{a} и {a}, %9"
    assert [span.text for span in restored.lost] == ["{b}", "{c}"]
    assert [span.text for span in restored.repeated] == ["{a}"]


def test_too_many_spans_are_refused() -> None:
    with pytest.raises(InvalidArgument, match="999 are allowed"):
        protect("%s " * 1000)


_PIECES = st.sampled_from(
    [
        "%s",
        "{a}",
        "<b>",
        "$1",
        "[3]",
        "5 %",
        "%",
        "1",
        " ",
        "  ",
        "сөз",
        "a.kz",
        "a@b.kz",
        "{",
        "\n",
    ]
)


@given(st.lists(_PIECES | st.text(max_size=5), max_size=12), st.sampled_from(PlaceholderStyle))
def test_an_untranslated_text_comes_back(pieces: list[str], style: PlaceholderStyle) -> None:
    text = "".join(pieces)
    protected = protect(text, style=style, terms=["сөз"])
    restored = restore(protected.text, protected)
    assert restored.text == text
    assert restored.lost == restored.repeated == ()
