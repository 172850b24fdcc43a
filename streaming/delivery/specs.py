"""What a session is told of its outputs, and how a file says it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from foundation.errors import InvalidArgument
from foundation.media_time import Ticks, from_seconds
from streaming.delivery.kinds import OutputKind, output_kind
from streaming.delivery.options import read_options, read_toml

MAX_OUTPUTS: Final = 16
"""Of one session."""

MAX_OFFSET_SECONDS: Final = 60.0

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_GENERAL: Final = ("kind", "name", "offset", "tracks")
"""What every entry may say beside its kind's options."""


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One output of a session.

    Raises:
        InvalidArgument: names ``kind``, ``name``, ``offset`` or ``tracks``.
    """

    kind: str
    config: Any
    """Of the kind's class."""

    name: str = ""
    """Of its own in the session; empty: its kind's."""

    offset_seconds: float = 0.0
    """Shown so much later than spoken, or earlier where negative."""

    tracks: tuple[str, ...] = ()
    """That it carries; empty: all, or the spoken one where the kind carries one only."""

    def __post_init__(self) -> None:
        kind = output_kind(self.kind)
        if not self.name:
            object.__setattr__(self, "name", self.kind)
        if not _NAME.fullmatch(self.name):
            raise InvalidArgument(
                "name", f"{self.name!r} is not 1 to 40 lower-case letters, digits or hyphens"
            )
        check_offset(kind, self.offset_seconds)
        if len(set(self.tracks)) < len(self.tracks):
            raise InvalidArgument("tracks", "a track stands twice")
        if kind.single_track and len(self.tracks) > 1:
            raise InvalidArgument("tracks", f"{self.kind} carries one track")

    @property
    def offset(self) -> Ticks:
        """To the nearest tick."""
        return from_seconds(self.offset_seconds)

    @property
    def root(self) -> Path | None:
        """The folder that it writes for a web server; None: it writes none."""
        field = output_kind(self.kind).root
        return Path(getattr(self.config, field)) if field else None

    @property
    def needs_media(self) -> bool:
        """Does it need the feed's picture and sound?"""
        return output_kind(self.kind).needs_media(self.config)


def check_offset(kind: OutputKind, seconds: float) -> None:
    """Refuse an offset that is no figure, too large, or not possible.

    Raises:
        InvalidArgument: names ``offset``.
    """
    if not -MAX_OFFSET_SECONDS <= seconds <= MAX_OFFSET_SECONDS:
        limit = f"{MAX_OFFSET_SECONDS:g}"
        raise InvalidArgument("offset", f"must be -{limit} to {limit} seconds, is {seconds}")
    if seconds < 0 and not kind.timed:
        raise InvalidArgument(
            "offset", f"{kind.name} shows text as it comes: it can be later, not earlier"
        )


def check_together(specs: Sequence[OutputSpec]) -> None:
    """Refuse outputs that would be in each other's way.

    Raises:
        InvalidArgument: two have the same name, or are of one kind and write the same folder, or
            they are too many.
    """
    if len(specs) > MAX_OUTPUTS:
        raise InvalidArgument("outputs", f"{len(specs)}, limit {MAX_OUTPUTS}")
    names: set[str] = set()
    folders: dict[tuple[str, Path], str] = {}
    for place, spec in enumerate(specs):
        if spec.name in names:
            raise InvalidArgument(f"outputs[{place}].name", f"{spec.name!r} stands twice")
        names.add(spec.name)
        if spec.root is None:
            continue
        files = spec.kind, spec.root.resolve()
        if files in folders:
            raise InvalidArgument(
                f"outputs[{place}]", f"writes {spec.root}, as {folders[files]!r} does"
            )
        folders[files] = spec.name


def read_spec(table: Mapping[str, Any], field: str) -> OutputSpec:
    """An output of its description in a file.

    Args:
        table: ``kind``, perhaps ``name``, ``offset`` (seconds) and ``tracks``, and the options of
            its kind.
        field: Where the description stands, for errors.

    Raises:
        InvalidArgument: names the field; unknown, missing or wrong.
    """
    name = table.get("kind")
    if not isinstance(name, str):
        raise InvalidArgument(f"{field}.kind", "is missing or no text")
    kind = output_kind(name, f"{field}.kind")
    options = {key: value for key, value in table.items() if key not in _GENERAL}
    config = read_options(kind.config, options, field, kind.name)
    general = {key: table[key] for key in _GENERAL if key in table and key != "kind"}
    known = read_options(_General, general, field)
    try:
        return OutputSpec(kind.name, config, known.name, known.offset, known.tracks)
    except InvalidArgument as error:
        raise InvalidArgument(f"{field}.{error.field}", error.description) from None


@dataclass(frozen=True, slots=True)
class _General:
    name: str = ""
    offset: float = 0.0
    tracks: tuple[str, ...] = ()


def read_specs(path: Path) -> tuple[OutputSpec, ...]:
    """The outputs of a TOML file: an ``[[output]]`` table each.

    Raises:
        InvalidArgument: names file, entry and field.
    """
    return tuple(
        read_spec(table, f"{path}: output[{place}]")
        for place, table in enumerate(read_tables(path))
    )


def read_tables(path: Path) -> list[dict[str, Any]]:
    """The ``[[output]]`` tables of a TOML file as they stand.

    Raises:
        InvalidArgument: names the file.
    """
    content = read_toml(path)
    unknown = content.keys() - {"output"}
    if unknown:
        raise InvalidArgument(f"{path}: {min(unknown)}", "is unknown; want [[output]] tables")
    tables = content.get("output", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise InvalidArgument(f"{path}: output", "must be [[output]] tables")
    return tables


def read_short(text: str, field: str) -> OutputSpec:
    """An output of its short form, ``KIND=TARGET``.

    Raises:
        InvalidArgument: names ``field``.
    """
    name, equals, target = text.partition("=")
    kind = output_kind(name, field)
    if not kind.target:
        raise InvalidArgument(field, f"{name} has no short form: describe it in a file")
    if not equals or not target:
        raise InvalidArgument(field, f"{text!r} is not {name}={kind.target.upper()}")
    return read_spec({"kind": name, kind.target: target}, field)


def renamed(specs: Sequence[OutputSpec]) -> tuple[OutputSpec, ...]:
    """The same outputs, those that are only named by their kind numbered where they are several."""
    counts: dict[str, int] = {}
    found = []
    for spec in specs:
        if spec.name == spec.kind:
            counts[spec.kind] = counts.get(spec.kind, 0) + 1
            if counts[spec.kind] > 1:
                spec = replace(spec, name=f"{spec.kind}-{counts[spec.kind]}")
        found.append(spec)
    return tuple(found)
