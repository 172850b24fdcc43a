"""The weights of the tests' tiny models are of the recipes that lie beside them."""

from __future__ import annotations

import pytest

from tests.nemo.tiny_weights import RECIPES, digest, label


@pytest.mark.parametrize(
    ("name", "sources"), [(name, sources) for sources, names in RECIPES.items() for name in names]
)
def test_weights_are_of_the_recipe(name: str, sources: tuple[str, ...]) -> None:
    assert label(name, "recipe") == digest(sources), "a recipe has changed: make tiny-weights"
