"""Translation models on CTranslate2: M2M100, NLLB (Tilmash), Marian, T5 (MADLAD).

``settings`` says what a card may set, ``prompting`` what each family wants to read, ``engine``
translates. Cleaning, loops and alignment stand apart. Nothing here needs torch.
"""

from models.engines.ctranslate2_translation.engine import CTranslate2Engine

__all__ = ["CTranslate2Engine"]
