"""``dauys provenance``: what a file says of where it comes from, and whether that holds."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from foundation.errors import FailedPrecondition, InvalidArgument
from services.command_line.printable import printable

if TYPE_CHECKING:
    from services.image_generation.provenance import Manifest

_MAX_BYTES: Final = 256 << 20
"""Of a picture, which is read as a whole."""

_HEAD_BYTES: Final = 12
_SYNTHETIC_SPEECH: Final = "Synthetic speech"
"""How the sentence begins that our audio files carry in their comment."""

_FAILED: Final = 1
_NEWSCODE: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"


@dataclass(frozen=True, slots=True)
class Findings:
    """What a file says of itself."""

    state: str
    """``trusted``, ``valid`` (intact, by a signer who is not known), ``invalid``; ``unsigned``: it
    says that it is synthetic, which anybody could have written; ``missing``: it says nothing."""

    facts: Mapping[str, Any]

    @property
    def holds(self) -> bool:
        """Does the file say where it comes from, and is nothing known to be wrong?"""
        return self.state in ("trusted", "valid", "unsigned")


_VERDICTS: Final[Mapping[str, str]] = {
    "trusted": "its manifest is intact, and signed by somebody who is trusted",
    "valid": "its manifest is intact; who signed it is not among those trusted",
    "invalid": "its manifest does not hold",
    "unsigned": "it says that it is synthetic; audio files are not signed",
    "missing": "it does not say where it comes from",
}


def provenance(
    file: Annotated[Path, typer.Argument(help="A picture, or a file of synthetic speech.")],
    trust: Annotated[
        Path | None, typer.Option(help="PEM roots of the signers who are trusted.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Say where a file comes from, by its C2PA manifest; status 1: invalid, or nothing is said."""
    found = _findings(file, trust)
    if as_json:
        document = {"state": found.state, **found.facts}
        sys.stdout.write(json.dumps(document, ensure_ascii=False) + "\n")
    else:
        sys.stdout.write(f"{found.state}: {_VERDICTS[found.state]}\n")
        for name, value in found.facts.items():
            sys.stdout.write(f"  {printable(name):<12} {printable(_shown(value))}\n")
    if not found.holds:
        raise typer.Exit(_FAILED)


def _findings(file: Path, trust: Path | None) -> Findings:
    try:
        anchors = "" if trust is None else trust.read_text("ascii")
    except (OSError, ValueError) as error:
        raise InvalidArgument("--trust", f"cannot read {trust}: {error}") from error
    try:
        with file.open("rb") as stream:
            kind = _kind(stream.read(_HEAD_BYTES))
            if kind is None:
                return _of_audio(file)
            stream.seek(0)
            content = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise InvalidArgument("FILE", f"cannot read {file}: {error.strerror}") from error
    if len(content) > _MAX_BYTES:
        raise InvalidArgument("FILE", f"over {_MAX_BYTES} bytes, the limit")
    try:
        from services.image_generation.provenance import read_manifest
    except ImportError as error:
        raise FailedPrecondition(
            f"manifests are read by a package of the extra images ({error}); install it with "
            "`make images`, or: pip install 'dauys-server[images]'"
        ) from error
    return _of_manifest(read_manifest(content, kind, anchors))


def _kind(head: bytes) -> str | None:
    """The picture format of a file's first bytes."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "webp"
    return None


def _of_manifest(manifest: Manifest | None) -> Findings:
    if manifest is None:
        return Findings("missing", {})
    facts: dict[str, Any] = {
        "signer": manifest.signer,
        "model": manifest.model,
        "source": list(manifest.source_types),
        "problems": list(manifest.problems),
    }
    # The signer wrote their names: none of them stands for what was found here.
    own = {"state", *facts}
    facts |= {name: value for name, value in manifest.settings.items() if name not in own}
    state = manifest.state.casefold()
    known = state if state in ("trusted", "valid") else "invalid"
    return Findings(known, {name: value for name, value in facts.items() if value not in ("", [])})


def _of_audio(file: Path) -> Findings:
    """What the metadata of a container says that PyAV reads."""
    import av

    try:
        with av.open(str(file)) as container:
            streams = [container.metadata, *(stream.metadata for stream in container.streams)]
    except av.FFmpegError as error:
        raise InvalidArgument(
            "FILE", f"{file} is no picture and no audio: {error.strerror}"
        ) from error
    tags = {name.lower(): text for tags in reversed(streams) for name, text in tags.items()}
    comment = tags.get("comment", "")
    if tags.get("synthetic") != "true" and not comment.startswith(_SYNTHETIC_SPEECH):
        return Findings("missing", {})
    facts = {
        "says": comment,
        "model": tags.get("model", ""),
        "voice": tags.get("voice", ""),
        "source": [tags["digital_source_type"]] if "digital_source_type" in tags else [],
    }
    return Findings("unsigned", {name: value for name, value in facts.items() if value})


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return text.removeprefix(_NEWSCODE)
