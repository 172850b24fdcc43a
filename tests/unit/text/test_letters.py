from __future__ import annotations

from text.letters import fold_look_alikes


def test_look_alikes_fold_only_inside_cyrillic_words() -> None:
    assert fold_look_alikes("тiл жэне hаuа Windows H") == "тіл жэне һаuа Windows H"
