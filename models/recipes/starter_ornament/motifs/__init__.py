"""Motifs of Kazakh ornament, each a function from a random generator to a drawing.

A motif stands upright, is symmetric where the real one is, and has no fixed size: layouts fit it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from models.recipes.starter_ornament.curves import Drawing
from models.recipes.starter_ornament.motifs.creatures import botagoz, qus_qanaty, tuye_taban
from models.recipes.starter_ornament.motifs.horns import qos_muiz, qoshqar_muiz, synar_muiz
from models.recipes.starter_ornament.motifs.plants import agash, gul, qyzgaldaq, ush_japyraq
from models.recipes.starter_ornament.motifs.sky_and_water import ai, juldyz, kun, su
from models.recipes.starter_ornament.motifs.things import balta, shanyraq, tumar

MOTIFS: Final[dict[str, Callable[[np.random.Generator], Drawing]]] = {
    "qoshqar_muiz": qoshqar_muiz,
    "qos_muiz": qos_muiz,
    "synar_muiz": synar_muiz,
    "tuye_taban": tuye_taban,
    "qus_qanaty": qus_qanaty,
    "botagoz": botagoz,
    "gul": gul,
    "qyzgaldaq": qyzgaldaq,
    "ush_japyraq": ush_japyraq,
    "agash": agash,
    "kun": kun,
    "ai": ai,
    "juldyz": juldyz,
    "su": su,
    "tumar": tumar,
    "shanyraq": shanyraq,
    "balta": balta,
}
