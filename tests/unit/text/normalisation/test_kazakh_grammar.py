"""Kazakh endings, against paradigms written out by hand."""

from __future__ import annotations

import pytest

from text.normalisation import kazakh_grammar as kazakh

# Genitive, dative, accusative, locative, ablative, instrumental.
PARADIGMS = """
бір бірдің бірге бірді бірде бірден бірмен
екі екінің екіге екіні екіде екіден екімен
үш үштің үшке үшті үште үштен үшпен
төрт төрттің төртке төртті төртте төрттен төртпен
бес бестің беске бесті бесте бестен беспен
алты алтының алтыға алтыны алтыда алтыдан алтымен
жеті жетінің жетіге жетіні жетіде жетіден жетімен
сегіз сегіздің сегізге сегізді сегізде сегізден сегізбен
тоғыз тоғыздың тоғызға тоғызды тоғызда тоғыздан тоғызбен
он онның онға онды онда оннан онмен
жиырма жиырманың жиырмаға жиырманы жиырмада жиырмадан жиырмамен
қырық қырықтың қырыққа қырықты қырықта қырықтан қырықпен
елу елудің елуге елуді елуде елуден елумен
сексен сексеннің сексенге сексенді сексенде сексеннен сексенмен
жүз жүздің жүзге жүзді жүзде жүзден жүзбен
мың мыңның мыңға мыңды мыңда мыңнан мыңмен
миллион миллионның миллионға миллионды миллионда миллионнан миллионмен
пайыз пайыздың пайызға пайызды пайызда пайыздан пайызбен
процент проценттің процентке процентті процентте проценттен процентпен
теңге теңгенің теңгеге теңгені теңгеде теңгеден теңгемен
рубль рубльдің рубльге рубльді рубльде рубльден рубльмен
минут минуттың минутқа минутты минутта минуттан минутпен
литр литрдің литрге литрді литрде литрден литрмен
""".strip().splitlines()

POSSESSIVES = """
бес бесі бесінің бесіне бесін бесінде бесінен бесімен
алты алтысы алтысының алтысына алтысын алтысында алтысынан алтысымен
қырық қырқы қырқының қырқына қырқын қырқында қырқынан қырқымен
пайыз пайызы пайызының пайызына пайызын пайызында пайызынан пайызымен
""".strip().splitlines()


@pytest.mark.parametrize("line", PARADIGMS)
def test_cases(line: str) -> None:
    word, *forms = line.split()
    assert [word + kazakh.case_ending(word, case) for case in kazakh.CASES[1:]] == forms
    assert kazakh.case_ending(word, "nominative") == ""


@pytest.mark.parametrize("line", POSSESSIVES)
def test_possessives(line: str) -> None:
    word, *forms = line.split()
    stem = kazakh.possessive_stem(word)
    assert [stem + kazakh.possessive_ending(word, case) for case in kazakh.CASES] == forms


ORDINALS = (
    "бірінші екінші үшінші төртінші бесінші алтыншы жетінші сегізінші тоғызыншы оныншы "
    "жиырмасыншы отызыншы қырқыншы елуінші алпысыншы жетпісінші сексенінші тоқсаныншы "
    "жүзінші мыңыншы миллионыншы миллиардыншы"
)
CARDINALS = (
    "бір екі үш төрт бес алты жеті сегіз тоғыз он жиырма отыз қырық елу алпыс жетпіс сексен "
    "тоқсан жүз мың миллион миллиард"
)


@pytest.mark.parametrize(
    ("cardinal", "ordinal"), list(zip(CARDINALS.split(), ORDINALS.split(), strict=True))
)
def test_ordinals(cardinal: str, ordinal: str) -> None:
    assert kazakh.ordinal(cardinal) == ordinal
    assert ordinal.endswith(kazakh.ordinal_ending(cardinal))


def test_likeness_and_measure() -> None:
    assert [kazakh.likeness_ending(word) for word in ("жиырма", "бес", "қырық")] == [
        "дай",
        "тей",
        "тай",
    ]
    measures = ("пайыз", "метр", "теңге", "градус", "миллион")
    assert [kazakh.measure_ending(word) for word in measures] == ["дық", "лік", "лік", "тық", "дық"]
