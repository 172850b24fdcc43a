from __future__ import annotations

import pytest

from foundation.errors import InvalidArgument
from foundation.translation import ALL_PAIRS
from streaming.translation import TranslationModels

PAIR_MODELS = TranslationModels(
    {("kk", "ru"): "kk-ru", ("ru", "en"): "ru-en", ("ru", "kk"): "back"}
)


def test_a_model_of_the_pair_is_asked_alone() -> None:
    route = TranslationModels(dict.fromkeys(ALL_PAIRS, "all")).route("kk", "en")
    assert (route.models, route.pivot) == (("all",), None)


def test_two_models_meet_in_a_pivot() -> None:
    route = PAIR_MODELS.route("kk", "en")
    assert (route.source, route.target, route.pivot) == ("kk", "en", "ru")
    assert route.models == ("kk-ru", "ru-en")


def test_a_pair_that_nothing_serves_is_refused_with_those_served() -> None:
    with pytest.raises(
        InvalidArgument, match=r"target: no model translates en-kk; .*kk-ru"
    ) as error:
        PAIR_MODELS.route("en", "kk")
    assert error.value.field == "target"


def test_a_language_is_not_translated_into_itself() -> None:
    with pytest.raises(InvalidArgument, match="in 'kk' already"):
        PAIR_MODELS.route("kk", "kk")


def test_all_routes_of_some_languages() -> None:
    routes = PAIR_MODELS.routes(("kk", "ru", "en"))
    assert [(r.source, r.target, r.pivot) for r in routes] == [
        ("kk", "ru", None),
        ("kk", "en", "ru"),
        ("ru", "kk", None),
        ("ru", "en", None),
    ]
