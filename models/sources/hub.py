"""A model hub that speaks the Hugging Face HTTP API.

``HF_ENDPOINT`` names another hub, ``HF_TOKEN`` opens gated repositories, ``HF_HUB_OFFLINE=1``
leaves this source out.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Final, cast

from foundation.errors import DauysError, FailedPrecondition, Unavailable
from models.catalogue import HubSource, ModelCard
from models.sources.base import ProgressCallback, PullProgress, disk_error

PROBE_SECONDS: Final = 10.0
"""How long the first question may take: a machine with no way out moves on quickly."""

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")


class Hub:
    """Downloads files of one repository, all from the commit that its revision now names."""

    space_factor = 1.0

    def __init__(self, source: HubSource) -> None:
        self._source = source
        self.label = f"hub {source.repository}"

    def fetch(
        self,
        card: ModelCard,
        names: Iterable[str],
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        """Download what is missing; see ``ModelSource.fetch``."""
        wanted = [n for n in names if not self._source.files or n in self._source.files]
        if not wanted:
            return
        if os.environ.get("HF_HUB_OFFLINE", "").lower() in ("1", "true", "yes", "on"):
            raise Unavailable("HF_HUB_OFFLINE is set")
        try:
            commit = self._commit()
            for name in wanted:
                self._download(card, name, commit, files, work, progress)
        # The library's transport changed twice (requests, httpx, httpx2), each with its own tree
        # of errors, so every error is translated here and none is lost.
        except Exception as error:
            raise self._translate(error) from error

    def _commit(self) -> str:
        from huggingface_hub import HfApi

        info = HfApi(endpoint=_endpoint()).model_info(
            self._source.repository, revision=self._source.revision, timeout=PROBE_SECONDS
        )
        if not info.sha:
            raise Unavailable(f"{self._source.repository}: the hub names no commit")
        return info.sha

    def _download(
        self,
        card: ModelCard,
        name: str,
        commit: str,
        files: Path,
        work: Path,
        progress: ProgressCallback,
    ) -> None:
        from huggingface_hub import get_hf_file_metadata, hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import (  # type: ignore[attr-defined]  # public, not marked so
            build_hf_headers,
            disable_progress_bars,
        )

        # hf_hub_download throws a broken-off file away; http_get can go on from where it was.
        url = hf_hub_url(
            self._source.repository,
            name,
            subfolder=self._source.folder or None,
            revision=commit,
            endpoint=_endpoint(),
        )
        metadata = get_hf_file_metadata(url, timeout=PROBE_SECONDS)
        work.mkdir(parents=True, exist_ok=True)
        part = work / f"{_UNSAFE.sub('_', name)}.{_UNSAFE.sub('_', metadata.etag or commit)[:64]}"
        have = part.stat().st_size if part.exists() else 0
        if metadata.size is not None and have > metadata.size:
            part.unlink()
            have = 0
        disable_progress_bars("huggingface_hub.http_get")
        with part.open("r+b" if have else "wb") as stream:
            stream.seek(have)
            counted = _Counted(
                stream, lambda done: progress(PullProgress(card.id, name, done, metadata.size))
            )
            http_get(
                url,
                cast(Any, counted),
                resume_size=have,
                headers=build_hf_headers(),
                expected_size=metadata.size,
            )
            stream.flush()
            os.fsync(stream.fileno())
        target = files / name
        target.parent.mkdir(parents=True, exist_ok=True)
        part.replace(target)

    def _translate(self, error: Exception) -> DauysError:
        from huggingface_hub.errors import EntryNotFoundError, GatedRepoError

        repository = self._source.repository
        if isinstance(error, DauysError):
            return error
        if isinstance(error, GatedRepoError):
            return FailedPrecondition(
                f"{repository} is gated: ask for access on its page, then set HF_TOKEN"
            )
        if isinstance(error, EntryNotFoundError):
            return Unavailable(f"{repository} lacks a file of the catalogue: {_first(error)}")
        if isinstance(error, OSError) and error.errno is not None:
            return disk_error(error, f"downloading from {repository}")
        return Unavailable(f"{type(error).__name__}: {_first(error)}")


class _Counted:
    """The part of a binary file that ``http_get`` uses, telling how far it has come."""

    def __init__(self, stream: Any, report: Callable[[int], None]) -> None:
        self._stream = stream
        self._report = report

    def write(self, data: bytes) -> int:
        written: int = self._stream.write(data)
        self._report(self._stream.tell())
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _endpoint() -> str | None:
    return os.environ.get("HF_ENDPOINT") or None


def _first(error: Exception) -> str:
    """The first line of the message: the library's go on with advice about its own tools."""
    return (str(error).strip().splitlines() or ["no message"])[0]
