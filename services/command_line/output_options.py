"""The outputs of ``dauys subtitle``: of a file, of short forms and of the ``--hls`` options."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from foundation.errors import InvalidArgument
from foundation.languages import LANGUAGES, Language
from services.command_line import runtime

if TYPE_CHECKING:
    from streaming.delivery.specs import OutputSpec


def hls_spec(
    folder: Path | None,
    segment: float,
    window: float,
    hold: float,
    video: str,
    video_delay: float | None,
) -> tuple[OutputSpec, ...]:
    """What the ``--hls`` options ask for: one output or none.

    Raises:
        InvalidArgument: a figure out of its bounds, or video without a folder.
    """
    from streaming.delivery.hls.kind import HlsOutputConfig
    from streaming.delivery.specs import OutputSpec

    config = HlsOutputConfig(
        folder=folder or Path(),
        segment_seconds=segment,
        window_seconds=window,
        hold_seconds=hold,
        video=video,  # type: ignore[arg-type]  # it checks
        video_delay_seconds=video_delay,
    )
    if folder is None:
        if video != "none":
            raise InvalidArgument("--video", "needs --hls, the folder that it goes to")
        return ()
    return (OutputSpec("hls", config),)


def uses_stdout(specs: Sequence[OutputSpec]) -> bool:
    """Does an output send a stream to standard output?"""
    return any(getattr(spec.config, "target", "") == "-" for spec in specs)


def ensure_voices(specs: Sequence[OutputSpec], languages: Sequence[Language]) -> None:
    """``ensure_model`` for the voices of outputs that speak, checked first.

    Args:
        specs: Of all outputs.
        languages: That are spoken in the feed.

    Raises:
        InvalidArgument: a voice does not speak the language.
        NotFound: no such voice, or none for the language.
        FailedPrecondition: a voice is not on this machine and not a starter model.
    """
    from models.store import ModelStore
    from services.server.settings import Settings
    from services.text_to_speech.voices import voice_chooser
    from streaming.delivery.runner import errors_of

    for spec in specs:
        if spec.kind != "voice":
            continue
        spoken = [code for code in LANGUAGES if spec.tracks == (code,)] or list(languages)
        language = spoken[0] if len(spoken) == 1 else None
        with errors_of(f"output {spec.name!r}"):
            choose = voice_chooser(ModelStore(), Settings())
            plan = choose(language, spec.config.voice, spec.config.speaker)
        for name in [plan.voice] if plan.voice else map(plan.defaults.get, spoken):
            if name:
                runtime.ensure_model(name)


def collected(
    hls: Sequence[OutputSpec], short: Sequence[str], file: Path | None, tracks: Sequence[str]
) -> tuple[OutputSpec, ...]:
    """All outputs, checked together.

    Args:
        hls: Of the ``--hls`` options.
        short: ``KIND=TARGET`` each.
        file: Of ``[[output]]`` tables.
        tracks: The session's.

    Raises:
        InvalidArgument: names file, entry and field, or the option.
    """
    from streaming.delivery.specs import check_together, read_short, read_specs, renamed

    specs = renamed(
        [
            *hls,
            *(read_short(text, "--output") for text in short),
            *(read_specs(file) if file is not None else ()),
        ]
    )
    for spec in specs:
        for track in spec.tracks:
            if track not in tracks:
                raise InvalidArgument(
                    f"output {spec.name!r}: tracks",
                    f"{track!r} is none of the session's: {', '.join(tracks)}",
                )
    check_together(specs)
    return specs
