"""What is held to be obscene: stems with their prefixes and endings, whole words only.

Kept minimal on purpose: words that broadcasters of the three languages bleep. Mild abuse, slurs of
opinion and medical words are not here. A word with an innocent homonym is left out (``суку``, of a
branch too; Kazakh ``ам``; English ``cock``, ``dick``, ``ass``). Patterns are matched against the
whole word in lower case, ё kept, hyphens taken out; the traps of each stand in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from foundation.languages import Language

_RUSSIAN: Final = (
    # ху-: with the prefixes it takes; not страхуй, психуй, сухую, тихую.
    r"(?:по|на|о|а|ни|до|за|вы|ох|при|от)?ху(?:й|я|е|ё|и|ю)(?!лиган)\w*",
    # пизд-: no other Russian word has these letters.
    r"\w*п[иеё]зд\w*",
    # еб-: not хлеб, тебе, небо, себя, Себастьян, Ебола's э.
    r"(?:вы|до|за|на|объ|отъ|от|пере|по|подъ|под|при|про|разъ|раз|съ|у|недо|мозго|не|невъ|въ)?"
    r"[её]б(?:а\w*|ну\w*|[её]т\w*|ут\w*|и(?:сь|те|т[её])?|ись\w*|л(?:о|и|ан|ищ)\w*|ыр\w*"
    r"|уч\w*|ля|ок|ырь|ень|енн?\w*)|ёб|долбо[её]б\w*",
    # бляд-: not бляха, бляшка, оскорблять, употреблять.
    r"бля(?:дь?|ть|ди|дям?и?|дей|дях|дск\w*|дств\w*|дун\w*)?",
    # сука as abuse; not сукно, суккулент, сучок.
    r"сук(?:а|и|ой|ами)|сучар\w*|сукин\w*",
    r"муда(?:к|чь|чк|чин)\w*|мудил\w*|мудозвон\w*",
    r"г[ао]ндон\w*",
    r"залуп\w*",
    r"п[иеэ]д[оа]р(?:ас\w*|а|у|ы|ом|ов|ам|ами|ск\w*)?",
    r"(?:вы|за|на|от|по)?дроч(?:ит\w*|ил\w*|ен\w*|и|у|ат|ер\w*|к\w*)",
    r"шлюх\w*",
)
_ENGLISH: Final = (
    r"(?:mother)?fuck\w*|\w*fucker\w*|\w*fucking",
    r"(?:bull|horse|dip|ape|bat)?shit(?:s|ty|ter|ters|ting|head|heads|hole|holes|show|faced)?",
    r"cunt(?:s|y)?",  # not Scunthorpe
    r"(?:ass|arse)holes?",  # not assassin, class
    r"(?:son ?of ?a)?bitch(?:es|y|ing|ed)?",
    r"nigg(?:er|ers|a|as|az)",
    r"fagg?ots?",
    r"wank(?:er|ers|ing|ed|s)?",  # not swank, Swanky
    r"twats?",
    r"sluts?|slutty",
    r"cocksuck\w*",
)
_KAZAKH: Final = (
    r"қота[қғ]\w*|кота[кг](?!ра)\w*",  # not қотан, қотару
    # сік-, сіг-: not сіңір, сіріңке, тәсіл, сігарет.
    r"сік(?:тір\w*|ті\w*|се\w*|кен\w*|пе\w*|ей\w*)?|сіг(?:ей\w*|ем\w*|іп|іл\w*|іс\w*|ін\w*|у\w*)",
    # көт: not көтер-, көтерме, көтеріңкі.
    r"көт(?:і|ің|іңді|іңе|іңнің|ке|тің|тен|тек|бас\w*)?",
    r"боқ(?:тың|ты|тан|қа|жеме\w*|мұрын)?",  # not боқша
    r"жәлеп\w*",
    r"қаншық\w*",
)

# Kazakh speech mixes Russian in, and Russian speech in Kazakhstan Kazakh.
PATTERNS: Final[Mapping[Language, re.Pattern[str]]] = {
    "kk": re.compile("|".join(_KAZAKH + _RUSSIAN)),
    "ru": re.compile("|".join(_RUSSIAN + _KAZAKH)),
    "en": re.compile("|".join(_ENGLISH)),
}
"""By language, for ``fullmatch``."""
