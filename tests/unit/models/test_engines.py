from __future__ import annotations

import importlib

from models.engines import ENGINES, EXTRAS, IDENTIFYING_ENGINES
from models.engines.base import IdentifyingSpeechEngine


def test_the_engines_said_to_identify_are_those_that_do() -> None:
    found = set()
    for name, place in ENGINES.items():
        module, class_name = place.split(":")
        try:
            engine = getattr(importlib.import_module(module), class_name)
        except ImportError:
            assert name in EXTRAS, "the base install has every engine that is not an extra"
            continue
        if issubclass(engine, IdentifyingSpeechEngine):
            found.add(name)
    assert found == IDENTIFYING_ENGINES
