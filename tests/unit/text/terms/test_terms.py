from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES
from foundation.translation import ALL_PAIRS, Pair
from text.protection import protect, restore
from text.terms import (
    Term,
    TermBase,
    compile_terms,
    find_terms,
    missing_terms,
    parse_terms,
    required_spans,
)
from text.terms.matching import TermFinder

KK_RU: Pair = ("kk", "ru")
RU_KK: Pair = ("ru", "kk")
EN_RU: Pair = ("en", "ru")
EN_KK: Pair = ("en", "kk")


def found(text: str, pair: Pair, *sources: str) -> list[str]:
    terms = TermBase(Term(source, "x") for source in sources)
    return [text[match.start : match.end] for match in find_terms(text, terms, pair)]


@pytest.mark.parametrize(
    ("text", "pair", "term", "hits"),
    [
        ("Соттың шешімі сотқа, соттарда, сотпен, соты", KK_RU, "сот", 5),
        ("Қазақстан Республикасының, Қазақстан Республикасына", KK_RU, "Қазақстан Республикасы", 2),
        ("кітабы мен кітабын", KK_RU, "кітап", 2),
        ("ұлттық банкте, ұлттық банкке", KK_RU, "ұлттық банк", 2),
        ("НАТО-ның, НАТО-да, НАТО", KK_RU, "НАТО", 3),
        ("АҚШ-тағы", KK_RU, "АҚШ", 1),
        ("Бұл тiлде", KK_RU, "тіл", 1),  # Latin i
        ("Верховного Суда, Верховному Суду, ВЕРХОВНЫМ СУДОМ", RU_KK, "Верховный Суд", 3),
        ("государственных закупок", RU_KK, "государственные закупки", 1),
        ("Совета безопасности", RU_KK, "Совет безопасности", 1),
        ("с Касым-Жомартом Токаевым", RU_KK, "Касым-Жомарт Токаев", 1),
        ("Ивана Петрова, Иваном Петровым", RU_KK, "Иван Петров", 2),
        ("в Экибастузе", RU_KK, "Экибастуз", 1),
        ("Supreme courts and the supreme court's judges", EN_KK, "supreme court", 2),
        ("two companies’ bill", EN_KK, "company", 1),
    ],
)
def test_forms_are_found(text: str, pair: Pair, term: str, hits: int) -> None:
    assert len(found(text, pair, term)) == hits


@pytest.mark.parametrize(
    ("text", "pair", "term"),
    [
        ("заңды тұлға", KK_RU, "заң"),  # legal, though it may be an accusative
        ("соттық, сотсыз, сотталды", KK_RU, "сот"),
        ("Нұр-Сұлтан", KK_RU, "Нұр"),
        ("Нью-Йорк", RU_KK, "Йорк"),
        ("судить, рассудить, судейский", RU_KK, "суд"),
        ("Верховному Суда", RU_KK, "Верховный Суд"),  # does not agree
        ("nasa, NASAда", EN_KK, "NASA"),
        ("наш, паша", RU_KK, "аш"),
        ("egemen.kz, a@egemen.kz", KK_RU, "egemen"),
        ("<sot>", KK_RU, "sot"),
        ("courtesy", EN_KK, "court"),
        ("жоғары, сот", KK_RU, "жоғары сот"),
    ],
)
def test_no_other_word_is_taken_for_a_term(text: str, pair: Pair, term: str) -> None:
    assert found(text, pair, term) == []


def test_the_longest_term_wins() -> None:
    text = "Қазақстан Республикасының Жоғары Сотында, Жоғары мектеп"
    assert found(text, KK_RU, "Жоғары", "Қазақстан", "Қазақстан Республикасы", "Жоғары Соты") == [
        "Қазақстан Республикасының",
        "Жоғары Сотында",
        "Жоғары",
    ]


def test_terms_hold_for_their_pair_and_the_narrower_wins() -> None:
    terms = TermBase(
        [Term("сот", "суд", "kk", "ru"), Term("сот", "court", "kk"), Term("сот", "x", "ru")]
    )
    assert [match.term.target for match in find_terms("сот", terms, KK_RU)] == ["суд"]
    assert [match.term.target for match in find_terms("сот", terms, ("kk", "en"))] == ["court"]
    assert find_terms("сот", TermBase([Term("сот", "суд", "kk", "ru")]), ("kk", "en")) == ()


def translated(text: str, model: str, pair: Pair, *terms: Term) -> str:
    base = TermBase(terms)
    restored = restore(model, protect(text, required=required_spans(text, base, pair)))
    assert restored.lost == ()
    return restored.text


LAW = Term("закон", "заң", "ru", "kk")
BANK = Term("Национальный банк", "Ұлттық Банк", "ru", "kk")
STATE = Term("Республика Казахстан", "Қазақстан Республикасы", "ru", "kk")


@pytest.mark.parametrize(
    ("term", "model", "written"),
    [
        (LAW, "%1", "Заң"),
        (LAW, "%1-ға", "Заңға"),
        (LAW, "бұл %1ге сай", "бұл заңға сай"),
        (LAW, "бұл %1 ның мәні", "бұл заңның мәні"),
        (LAW, "%1 мен тәртіп", "Заң мен тәртіп"),  # and, no ending
        (LAW, "бұл %1 да, ол да", "бұл заң да, ол да"),
        (LAW, "бұл % 1-дар", "бұл заңдар"),
        (LAW, "%1сыз", "Заңсыз"),
        (BANK, "%1-да", "Ұлттық Банкте"),
        (BANK, "%1ға", "Ұлттық Банкке"),
        (STATE, "%1-ға", "Қазақстан Республикасына"),
        (STATE, "%1-нда", "Қазақстан Республикасында"),
        (STATE, "%1ның", "Қазақстан Республикасының"),
        (Term("закон", "бас кеңесші"), "бұл %1ге", "бұл бас кеңесшіге"),
        (Term("закон", "Жоғары Соты"), "%1-ға", "Жоғары Сотына"),
        (Term("закон", "статистика агенттігі"), "бұл %1ге", "бұл статистика агенттігіне"),
        (Term("закон", "Жаңа Алматы"), "%1-да", "Жаңа Алматыда"),
        (STATE, "«%1»-ның", "«Қазақстан Республикасы»-ның"),
    ],
)
def test_kazakh_endings_follow_the_term(term: Term, model: str, written: str) -> None:
    source = term.source[0].upper() + term.source[1:]
    assert translated(source, model, RU_KK, term) == written


COURT = Term("жоғары сот", "Верховный Суд", "kk", "ru")
PURCHASE = Term("сатып алу", "государственная закупка", "kk", "ru")
PRESIDENT = Term("Қасым-Жомарт Тоқаев", "Касым-Жомарт Токаев", "kk", "ru")


@pytest.mark.parametrize(
    ("text", "term", "model", "written"),
    [
        ("жоғары соттың шешімі", COURT, "решение %1", "решение Верховного Суда"),
        ("жоғары сотта", COURT, "в %1", "в Верховном Суде"),
        ("жоғары сотқа", COURT, "в %1", "в Верховный Суд"),
        ("жоғары сотқа", COURT, "к %1", "к Верховному Суду"),
        ("жоғары сотпен", COURT, "с %1", "с Верховным Судом"),
        ("жоғары сот", COURT, "%1", "Верховный Суд"),
        ("жоғары сот", COURT, "%1а", "Верховного Суда"),
        ("жоғары сот", COURT, "%1щ", "Верховный Суд щ"),
        ("жоғары соттардың", COURT, "решения %1", "решения Верховных Судов"),
        ("сатып алуды", PURCHASE, "провёл %1", "провёл государственную закупку"),
        ("Қасым-Жомарт Тоқаевпен", PRESIDENT, "с %1", "с Касым-Жомартом Токаевым"),
        ("NASA-ның", Term("NASA"), "учёные %1", "учёные NASA"),
        ("Ромашкада", Term("Ромашка"), "в %1", "в Ромашка"),  # it stays as it is
        ("ЖОҒАРЫ СОТ", COURT, "%1", "ВЕРХОВНЫЙ СУД"),
    ],
)
def test_russian_cases_follow_the_preposition_and_the_source(
    text: str, term: Term, model: str, written: str
) -> None:
    assert translated(text, model, KK_RU, term) == written


def test_english_prepositions_tell_the_case() -> None:
    term = Term("supreme court", "Верховный суд", "en", "ru")
    text = "In the supreme court; decision of the supreme court; the supreme court's judges"
    assert (
        translated(text, "В %1; решение %2; судьи %3", EN_RU, term)
        == "В Верховном суде; решение Верховного суда; судьи Верховного суда"
    )


def test_one_pass_protects_everything() -> None:
    base = TermBase([COURT, Term("sud")])
    text = "Жоғары сотта 35 %, sud.gov.kz және <b>sud</b>"
    protected = protect(text, required=required_spans(text, base, KK_RU))
    assert protected.text == "%1 %2, %3 және %4 %5 %6"
    assert (
        restore("В %1 %2, %3 и %4 %5 %6", protected).text
        == "В Верховном Суде 35 %, sud.gov.kz и <b>sud</b>"
    )


def test_missing_terms_are_named_whatever_the_form() -> None:
    base = TermBase([COURT, PRESIDENT, Term("NASA")])
    text = "Жоғары сотта Қасым-Жомарт Тоқаев NASA туралы айтты"
    whole = "В Верховном Суде сказали о Касым-Жомарте Токаеве и о NASA"
    assert missing_terms(text, whole, base, KK_RU) == ()
    part = "В Верховном Совете сказали о президенте и о НАСА"
    assert missing_terms(text, part, base, KK_RU) == (COURT, PRESIDENT, Term("NASA"))
    assert missing_terms("Басқа сөз", part, base, KK_RU) == ()


@pytest.mark.parametrize(
    ("terms", "field"),
    [
        ([Term("сот"), Term("")], "entries[1].source"),
        ([Term("…")], "entries[0].source"),
        ([Term("с" * 201)], "entries[0].source"),
        ([Term("сот", "с" * 201)], "entries[0].target"),
        ([Term("сот\x00")], "entries[0].source"),
        ([Term("сот", "\ud800")], "entries[0].target"),
        ([Term("сот", "\u200fсуд")], "entries[0].target"),
        ([Term("сот", "", "de")], "entries[0].source_language"),  # type: ignore[arg-type]
        ([Term("сот", "a"), Term("сот", "b")], "entries[1].source"),
        ([Term(str(number)) for number in range(2001)], "entries"),
    ],
)
def test_bad_terms_are_refused_by_name(terms: list[Term], field: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        TermBase(terms)
    assert error.value.field == field
    with pytest.raises(InvalidArgument) as error:
        TermBase(terms, field="config.terms")
    assert error.value.field == field.replace("entries", "config.terms")


def test_terms_are_read_from_lines_and_json() -> None:
    lines = "source\ttarget\tsource_language\n# сот\nжоғары  сот\tВерховный Суд\tkk\tru\n\nNASA\n"
    wanted = (COURT, Term("NASA"))
    assert parse_terms(lines).terms == wanted
    text = """[{"source": "жоғары сот", "target": "Верховный Суд", "source_language": "kk",
        "target_language": "ru"}, "NASA"]"""
    assert parse_terms(text).terms == wanted
    assert parse_terms(f'\ufeff{{"entries": {text}}}').terms == wanted


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("сот\n\n…\tx", "line 3, source"),
        ("сот\tсуд\tde", "line 1, source_language"),
        ("a\tb\tkk\tru\tx", "line 1"),
        ("[1]", "entries[0]"),
        ('[{"source": 1}]', "entries[0].source"),
        ('[{"sauce": "x"}]', "entries[0].sauce"),
        ('[{"source": "x"}, {"source": " "}]', "entries[1].source"),
        ('{"terms": []}', "terms"),
        ("[", "terms"),
        ("x" * (3 << 20), "terms"),
    ],
)
def test_bad_files_are_refused_by_line(text: str, field: str) -> None:
    with pytest.raises(InvalidArgument) as error:
        parse_terms(text)
    assert error.value.field == field


_HOSTILE = st.text(
    alphabet=st.sampled_from(
        "аәсотСОТ abs'’-–.*+?()[]{}|\\^$%1\u200f\u200e\u202e\u00ad\ud800\u0306é\n_@"
    ),
    max_size=40,
)


@given(_HOSTILE, st.lists(_HOSTILE, max_size=5), st.sampled_from(ALL_PAIRS))
def test_hostile_text_is_found_whole_and_restored(
    text: str, sources: list[str], pair: Pair
) -> None:
    terms = []
    for source in sources:
        try:
            TermBase([Term(source)])
        except InvalidArgument:
            continue
        terms.append(Term(source))
    base = TermBase(terms)
    end = 0
    for match in find_terms(text, base, pair):
        assert end <= match.start < match.end <= len(text)
        end = match.end
    protected = protect(text, required=required_spans(text, base, pair))
    restored = restore(protected.text, protected)
    assert restored.lost == ()


@given(st.sampled_from(["сот", "жоғары сот", "NASA", "банк", "Қазақстан Республикасы"]), st.text())
def test_what_follows_a_placeholder_is_never_lost_but_for_an_ending(term: str, after: str) -> None:
    for language in LANGUAGES:
        base = TermBase([Term("x", term)])
        (span,) = required_spans("x", base, ("en" if language != "en" else "ru", language))
        text, used = span.replacement.fit("", after)
        assert used == 0 or after[:used].strip(" -‐‑").isalpha()
        assert text


def test_hostile_terms_take_little_time() -> None:
    many = TermBase(Term(("а " * count).strip(), "x") for count in range(1, 100))
    assert len(find_terms("а " * 2000, many, RU_KK)) == 21
    words = [
        " ".join("суд" if number >> bit & 1 else "судно" for bit in range(10))
        for number in range(1024)
    ]
    ambiguous = TermBase(Term(source, "x") for source in words)
    assert len(find_terms("суда " * 800, ambiguous, RU_KK)) == 80


def test_terms_are_compiled_once_for_source_and_translation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    terms = TermBase([Term("акимат", "city hall")])
    compile_terms(terms, ("ru", "en"))

    def compiled_again(*_: object) -> None:
        raise AssertionError("it was compiled already")

    monkeypatch.setattr(TermFinder, "__init__", compiled_again)
    assert missing_terms("В акимате", "In the city hall", terms, ("ru", "en")) == ()
