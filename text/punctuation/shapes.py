"""What sentences look like in each language, as word lists and endings.

All words in lower case without punctuation. Sources: school grammars; the Kazakh endings and their
order of reliability were checked against news text (benchmarks/punctuation.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from foundation.languages import Language


@dataclass(frozen=True, slots=True)
class SentenceShapes:
    """Of one language."""

    final: re.Pattern[str]
    """Words that end a sentence even where no pause follows (``fullmatch``)."""

    may_end: re.Pattern[str]
    """Words after which a short pause ends a sentence."""

    cannot_end: frozenset[str]
    """Words that want another after them: prepositions, conjunctions, articles."""

    cannot_begin: frozenset[str]
    """Words that lean on the one before them."""

    begins: frozenset[str]
    """Words that mostly begin a sentence: after a pause the one before them ends."""

    seldom_begins: frozenset[str]
    """Words that mostly go on with a sentence: a short pause before them ends none."""

    question_last: frozenset[str]
    """Particles that make a question at its end."""

    question_anywhere: frozenset[str]
    """Words that make the whole sentence a question, wherever they stand."""

    question_first: frozenset[str]
    """Words that make a question where they begin a sentence that is not long."""

    question_lead: frozenset[str]
    """Words that may stand before those."""

    question_second: frozenset[str]
    """What follows them then; empty: anything."""

    statement_second: frozenset[str]
    """What follows them where it is no question (``как сообщает``)."""

    auxiliaries: frozenset[str]
    """Verbs that make a question where they begin the sentence and a subject follows."""

    subjects: frozenset[str]

    comma_before: frozenset[str]
    """Conjunctions with a comma before them inside a sentence."""

    comma_before_pairs: frozenset[tuple[str, str]]
    """The same, of two words; the second then takes no comma of its own."""

    comma_after: re.Pattern[str]
    """Words with a comma after them (``fullmatch``)."""

    comma_after_first: frozenset[str]
    """Words with a comma after them where they begin a sentence."""

    no_comma_after: frozenset[str]
    """Words after which a conjunction takes no comma (``и что``)."""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    pairs = (pair.split() for pair in text.split(","))
    return frozenset((first, second) for first, second in pairs)


LONGEST_QUESTION: Final = 12
"""Words. Longer sentences that begin with a question word are mostly statements."""

_NEVER: Final = re.compile(r"(?!)")

_KAZAKH: Final = SentenceShapes(
    final=re.compile(
        r"(?:еді|екен|отыр|тұр|жүр|жатыр|тиіс|қажет|керек|мүмкін|дейді|деді|етті|берді|келді|"
        r"болды|болады|болмақ|бар|жоқ|емес|білдірді|айтты|атап|өтті|өтеді)"
    ),
    may_end=re.compile(
        r"(?:.+(?:ды|ді|ты|ті|ған|ген|қан|кен|мын|мін|мыз|міз|сың|сің|сыз|сіз|мақ|мек|бақ|бек|"
        r"пақ|пек)|еді|екен|отыр|тұр|жүр|жатыр|тиіс|қажет|керек|мүмкін|бар|жоқ|емес)"
    ),
    cannot_end=_words("және мен пен бен әрі бірақ өйткені егер ал немесе яғни бұл осы сол ең өте"),
    cannot_begin=_words("деп деген дейді деді да де та те екен еді ғой ма ме ба бе па пе болды"),
    begins=_words("бұл ол олар сондай бүгін енді сонымен бірақ алайда ал осы мұнда қазір"),
    seldom_begins=_words("және мен пен бен немесе әлде үшін туралы бойынша кейін дейін"),
    question_last=_words("ма ме ба бе па пе"),
    question_anywhere=_words("неге қашан қайда қайдан неліктен"),
    question_first=_words("кім не қандай қалай қанша неше қай"),
    question_lead=frozenset(),
    question_second=frozenset(),
    statement_second=frozenset(),
    auxiliaries=frozenset(),
    subjects=frozenset(),
    comma_before=_words("бірақ өйткені себебі алайда дегенмен сондықтан яғни әйтсе"),
    comma_before_pairs=frozenset(),
    comma_after=re.compile(
        r".+(?:са|се)(?:м|ң|қ|к|ңыз|ңіз)?|.+(?:ғанымен|генімен|қанымен|кенімен)"
    ),
    comma_after_first=_words("мысалы сонымен біріншіден екіншіден үшіншіден әрине меніңше демек"),
    no_comma_after=_words("және ал"),
)

_RUSSIAN: Final = SentenceShapes(
    final=_NEVER,
    may_end=re.compile(r"(?!.*(?:ый|ого|ому|ыми|ых|ую|ая|ое|ые)$).+"),  # an adjective wants a noun
    cannot_end=_words(
        "в во на с со к ко о об от до из за по под над при про без для у через между перед и а но"
        " или не ни что чтобы как если когда который которая которое которые которого которой"
        " это этот эта эти его ее их наш более очень самый самая около"
    ),
    cannot_begin=_words("же ли бы"),
    begins=_words("это он она они мы я однако сегодня сейчас кроме также по в на но ведь вот итак"),
    seldom_begins=_words(
        "и или что чтобы который которая которое которые которого которой которых где чем из от до"
        " для с со к о об при через между под над"
    ),
    question_last=_words("да"),
    question_anywhere=_words("ли разве неужели"),
    question_first=_words(
        "кто что где куда откуда почему зачем как какой какая какое какие каков сколько чей"
        " чья чьи кого кому кем ком чего чему чем каком какого какую каким каких"
    ),
    question_lead=_words("а и но ну так ты вы в во о об с со на из у к до для от по за про"),
    question_second=frozenset(),
    statement_second=_words(
        "сообщает сообщил сообщила сообщили отметил отметила отметили заявил заявила рассказал"
        " рассказала известно правило только будто касается бы"
    ),
    auxiliaries=frozenset(),
    subjects=frozenset(),
    comma_before=_words(
        "а но что чтобы который которая которое которые которого которой которому которым которых"
        " которую которыми где когда если поскольку хотя однако либо причем зато куда откуда"
        " почему пока будто словно нежели"
    ),
    comma_before_pairs=_pairs(
        "потому что,так как,в котором,в которой,в которых,в которую,на котором,на которой,"
        "на которых,с которым,с которой,с которыми,для которого,для которых,из которых,о котором,"
        "о которых,по которому,по которой,от которых,у которых,после чего,в частности,"
        "то есть,так что,как будто,к которым,к которой"
    ),
    comma_after=_NEVER,
    comma_after_first=_words("конечно например наконец итак во-первых во-вторых кстати возможно"),
    no_comma_after=_words("и а но или что потому так тем не ни только лишь даже вот то"),
)

_AUXILIARIES: Final = (
    "do does did is are was were am can could will would should shall may might have has had must"
    " isn't aren't wasn't don't doesn't didn't can't couldn't won't wouldn't haven't"
)
_ENGLISH: Final = SentenceShapes(
    final=_NEVER,
    may_end=re.compile(r".+"),
    cannot_end=_words(
        "the a an of to in on at by for with from and or but as that which who if when because"
        " is are was were be been has have had will would can could should must may might not"
        " this these those my your his her its our their very more most than into about between"
    ),
    cannot_begin=frozenset(),
    begins=_words("the this it he she they we i however in but there these those you"),
    seldom_begins=_words(
        "and or of to that which who than with for from by on at as into is are was were has have"
    ),
    question_last=frozenset(),
    question_anywhere=frozenset(),
    question_first=_words("who what where when why how which whose whom"),
    question_lead=_words("and but so well in on at for to with from"),
    question_second=_words(
        _AUXILIARIES + " many much long often old far about else kind sort time"
    ),
    statement_second=frozenset(),
    auxiliaries=_words(_AUXILIARIES),
    subjects=_words(
        "i you he she it we they this that these those there the a an anyone anybody someone"
        " your my his her our their"
    ),
    comma_before=_words("but although though while whereas which so"),
    comma_before_pairs=_pairs("such as,in which,of which,and then,even though,for example"),
    comma_after=_NEVER,
    comma_after_first=_words(
        "however therefore moreover meanwhile finally furthermore yes no well nevertheless"
        " additionally consequently today"
    ),
    no_comma_after=_words(
        "and but or just of in for to with on by from not that so at about than nothing"
    ),
)

SHAPES: Final[Mapping[Language, SentenceShapes]] = {
    "kk": _KAZAKH,
    "ru": _RUSSIAN,
    "en": _ENGLISH,
}
