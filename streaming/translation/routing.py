"""Which model translates which pair, and chains of two through a pivot language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from foundation.errors import InvalidArgument
from foundation.languages import Language
from foundation.translation import Pair

PIVOTS: Final[tuple[Language, ...]] = ("ru", "en", "kk")
"""Tried in order where no model serves a pair: nearly all Kazakh text is translated through
Russian."""


@dataclass(frozen=True, slots=True)
class Step:
    """One model's part of a route."""

    model: str
    """Catalogue id."""

    source: Language
    target: Language


@dataclass(frozen=True, slots=True)
class Route:
    """One step, or two through a pivot."""

    steps: tuple[Step, ...]

    @property
    def source(self) -> Language:
        """The language that goes in."""
        return self.steps[0].source

    @property
    def target(self) -> Language:
        """The language that comes out."""
        return self.steps[-1].target

    @property
    def pivot(self) -> Language | None:
        """The language between two models; None: one model does it."""
        return self.steps[0].target if len(self.steps) > 1 else None

    @property
    def models(self) -> tuple[str, ...]:
        """Catalogue ids, in order."""
        return tuple(dict.fromkeys(step.model for step in self.steps))


@dataclass(frozen=True, slots=True)
class TranslationModels:
    """The models of a caller."""

    by_pair: Mapping[Pair, str] = field(default_factory=dict)
    """Catalogue ids; a model of many languages stands under each of its pairs."""

    def route(self, source: Language, target: Language, field: str = "target") -> Route:
        """How to translate ``source`` into ``target``.

        Args:
            source: What goes in.
            target: What comes out.
            field: The path that errors name the target by.

        Raises:
            InvalidArgument: they are one, or no model and no chain of two serves the pair.
        """
        if source == target:
            raise InvalidArgument(field, f"the text is in {target!r} already")
        direct = self._step(source, target)
        if direct is not None:
            return Route((direct,))
        for pivot in PIVOTS:
            first, second = self._step(source, pivot), self._step(pivot, target)
            if first is not None and second is not None:
                return Route((first, second))
        served = ", ".join(sorted("-".join(pair) for pair in self.by_pair)) or "none"
        raise InvalidArgument(
            field, f"no model translates {source}-{target}; pairs served: {served}"
        )

    def routes(self, languages: Sequence[Language]) -> tuple[Route, ...]:
        """Every pair of ``languages`` that can be served."""
        found = []
        for source in languages:
            for target in languages:
                try:
                    found.append(self.route(source, target))
                except InvalidArgument:
                    continue
        return tuple(found)

    def _step(self, source: Language, target: Language) -> Step | None:
        model = self.by_pair.get((source, target))
        return None if model is None else Step(model, source, target)
