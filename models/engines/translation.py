"""What every translation engine is."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import Any, ClassVar, Final

from foundation.errors import InvalidArgument
from foundation.translation import (
    SentenceTranslation,
    TranslationCapabilities,
    TranslationRequest,
)
from models.engines.base import CallContext, Engine

MAX_SENTENCES: Final = 256
"""Of one request. Callers cut longer work, so that live requests never wait for it."""

MAX_SENTENCE_CHARACTERS: Final = 4_000


class TranslationEngine(Engine):
    """Sentences to sentences. Public ``translate`` validates; adapters write ``_translate``."""

    methods: ClassVar[Mapping[str, str]] = {
        "translate": "translate",
        "capabilities": "describe",
    }
    batch_methods: ClassVar[Mapping[str, str]] = {"translate": "translate_batch"}
    largest_batch: ClassVar[int] = 16

    @property
    @abstractmethod
    def capabilities(self) -> TranslationCapabilities:
        """What this model can do."""

    def describe(self, payload: None, context: CallContext) -> TranslationCapabilities:
        """The capabilities, for callers that have a pool and no engine."""
        return self.capabilities

    def batch_key(self, method: str, payload: Any) -> Hashable | None:
        """Requests of one search setting are decoded together; languages may differ."""
        if method != "translate":
            return None
        return payload.beam_size, payload.alternatives, payload.alignment

    def translate(
        self, request: TranslationRequest, context: CallContext
    ) -> tuple[SentenceTranslation, ...]:
        """Translate sentences; one result each, in order.

        Raises:
            InvalidArgument: the pair is not served, a sentence is too long, or a number is out of
                its range.
        """
        return self.translate_batch([request], [context])[0]

    def translate_batch(
        self, requests: Sequence[TranslationRequest], contexts: Sequence[CallContext]
    ) -> list[tuple[SentenceTranslation, ...]]:
        """``translate`` for several requests of one ``batch_key``."""
        for request, context in zip(requests, contexts, strict=True):
            self._check(request)
            if len(requests) == 1:
                context.check()
        return self._translate(requests, contexts)

    def _check(self, request: TranslationRequest) -> None:
        pairs = self.capabilities.pairs
        if (request.source, request.target) not in pairs:
            served = ", ".join("-".join(pair) for pair in pairs)
            raise InvalidArgument(
                "target", f"{request.source}-{request.target} is not one of {served}"
            )
        if len(request.sentences) > MAX_SENTENCES:
            raise InvalidArgument(
                "sentences", f"{len(request.sentences)}, limit {MAX_SENTENCES} a request"
            )
        longest = max(map(len, request.sentences), default=0)
        if longest > MAX_SENTENCE_CHARACTERS:
            raise InvalidArgument(
                "sentences", f"{longest} characters in one, limit {MAX_SENTENCE_CHARACTERS}"
            )
        if request.prefixes and len(request.prefixes) != len(request.sentences):
            raise InvalidArgument("prefixes", "want one for each sentence")
        if not 1 <= request.beam_size <= 10:
            raise InvalidArgument("beam_size", f"{request.beam_size} is not in 1..10")
        if not 1 <= request.alternatives <= request.beam_size:
            raise InvalidArgument(
                "alternatives", f"{request.alternatives} is not in 1..{request.beam_size}"
            )

    @abstractmethod
    def _translate(
        self, requests: Sequence[TranslationRequest], contexts: Sequence[CallContext]
    ) -> list[tuple[SentenceTranslation, ...]]:
        """Translate requests that were checked and share their ``batch_key``.

        Between its steps an adapter asks ``check_any(contexts)`` whether to go on.
        """
