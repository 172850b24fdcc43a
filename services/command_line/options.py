"""Options that several commands have."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from foundation.errors import InvalidArgument, NotFound

ModelFor: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(help="A model for one language; repeat it.", metavar="LANGUAGE=MODEL"),
]
GlossaryFile: TypeAlias = Annotated[
    Path | None, typer.Option(help="Names and terms, TSV or JSON: docs/VOCABULARY.md.")
]
Verbatim: TypeAlias = Annotated[
    bool, typer.Option("--verbatim", help="No numbers in digits, no punctuation added.")
]
Numbers: TypeAlias = Annotated[
    str, typer.Option(help="In digits: all, or classes such as date,time,money.")
]
Profanity: TypeAlias = Annotated[str, typer.Option(help="off, mask or remove.")]
TranslationModel: TypeAlias = Annotated[
    str,
    typer.Option(
        "--translation-model",
        help="A model of `dauys models list`, or two of a chain: kk-ru,ru-en.",
        metavar="MODEL",
    ),
]
TermsFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--terms", help="Required translations, TSV or JSON: docs/VOCABULARY.md."),
]
KazakhScript: TypeAlias = Annotated[
    str, typer.Option("--script", help="Letters of Kazakh: cyrillic or latin.")
]


@contextmanager
def named(options: Mapping[str, str]) -> Iterator[None]:
    """Errors name what the user typed.

    Args:
        options: fields of the contract → options of the command.
    """
    try:
        yield
    except InvalidArgument as error:
        field = options.get(error.field, error.field)
        raise InvalidArgument(field, error.description) from None
    except NotFound as error:
        field, colon, rest = error.message.partition(": ")
        raise NotFound(f"{options.get(field, field)}{colon}{rest}") from None
