"""A pipeline runs in a thread of its own, so that its steps can be told while it runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Final, TypeAlias

from foundation.errors import Cancelled
from foundation.images import GeneratedImages, ImageProgress

Tell: TypeAlias = Callable[[ImageProgress], None]

LEAST_SECONDS: Final = 0.1
"""Between two steps told: who takes 20 in a second would spend a twentieth of it on telling."""


def told(draw: Callable[[Tell], GeneratedImages]) -> Iterator[ImageProgress | GeneratedImages]:
    """What ``draw`` tells, the latest only where the reader is slower, and at last its result.

    Of steps that follow each other within ``LEAST_SECONDS`` some are left out, but not the last
    one, and none with a preview.

    The thread has ended when the iterator has: closed early, ``draw`` is stopped by a Cancelled
    that its next ``tell`` raises.
    """
    relay = _Relay()

    def run() -> None:
        try:
            relay.end(draw(relay.tell))
        except BaseException as error:  # noqa: BLE001 - raised again in the reader's thread
            relay.fail(error)

    thread = threading.Thread(target=run, name="image-generation", daemon=True)
    thread.start()
    try:
        yield from relay.items()
    finally:
        relay.leave()
        thread.join()


class _Relay:
    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._latest: ImageProgress | None = None
        self._result: GeneratedImages | None = None
        self._error: BaseException | None = None
        self._left = False
        self._told = -LEAST_SECONDS

    def tell(self, progress: ImageProgress) -> None:
        now = time.monotonic()
        must = progress.preview is not None or progress.step == progress.steps
        with self._changed:
            if self._left:
                raise Cancelled("nobody reads the steps any longer")
            if not must and now - self._told < LEAST_SECONDS:
                return
            self._told = now
            self._latest = progress
            self._changed.notify()

    def end(self, result: GeneratedImages) -> None:
        with self._changed:
            self._result = result
            self._changed.notify()

    def fail(self, error: BaseException) -> None:
        with self._changed:
            self._error = error
            self._changed.notify()

    def leave(self) -> None:
        with self._changed:
            self._left = True

    def items(self) -> Iterator[ImageProgress | GeneratedImages]:
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._latest or self._result is not None or self._error is not None
                )
                progress, self._latest = self._latest, None
                result, error = self._result, self._error
            if error is not None:
                raise error
            if progress is not None:
                yield progress
            elif result is not None:
                yield result
                return
