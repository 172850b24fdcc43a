"""Where a voice track may go, as people name it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from foundation.errors import Unavailable
from foundation.languages import Language
from streaming.delivery.context import OutputReport
from streaming.delivery.sending import Target, parse_target
from streaming.delivery.voice.sinks import FileSink, TransportSink
from streaming.interpretation.sink import VoiceSink
from streaming.synthesis.encoding import Provenance, SpeechFormat, encoding_of

_SAMPLE_RATE: Final = 24_000
"""Hz; AAC, Opus and MP3 know it, and no voice has more to say above it than a little air."""

_MOST_FILES: Final = 10_000


@dataclass(frozen=True, slots=True)
class VoiceTarget:
    """A checked target."""

    stream: Target | None
    """Of a transport stream."""

    path: Path | None
    """Of another file."""

    speech_format: SpeechFormat

    @property
    def is_live(self) -> bool:
        """What is late for it is of no use."""
        return self.stream is not None and self.stream.is_live

    @property
    def sample_rate(self) -> int:
        """Hz of the voice track."""
        return self.speech_format.rate_for(_SAMPLE_RATE)

    def open(
        self,
        language: Language | None,
        provenance: Provenance,
        report: OutputReport | None = None,
        *,
        anew: bool = False,
    ) -> VoiceSink:
        """Begin; may touch the disk.

        Args:
            language: Of the track; None: it has several.
            provenance: What the track says of itself.
            report: Is told when a live target goes and comes.
            anew: Write over nothing: where a file of that name is there already its name gets a
                number.

        Raises:
            Unavailable: the file cannot be written.
        """
        if self.stream is not None:
            target = self.stream
            if anew and target.kind == "file":
                target = parse_target(str(_unused(target.path)))
            return TransportSink(target, self.sample_rate, language, provenance, report)
        assert self.path is not None, "a stream or a file"
        path = _unused(self.path) if anew else self.path
        return FileSink(path, self.speech_format, self.sample_rate, provenance)


def parse_voice_target(text: str, field: str = "target") -> VoiceTarget:
    """Check a target without touching disk or network.

    Args:
        text: ``srt://``, ``udp://`` or ``rtp://`` with a port, ``-`` for standard output or a
            ``.ts`` file: AAC in a transport stream; or a file whose ending names its encoding.
        field: What it is called, for errors.

    Raises:
        InvalidArgument: names ``field``, or ``target`` where it is a URL.
    """
    if "://" in text or text == "-" or text.lower().endswith(".ts"):
        return VoiceTarget(parse_target(text), None, SpeechFormat())
    encoding = encoding_of(Path(text).name, field)
    return VoiceTarget(None, Path(text), SpeechFormat(encoding))


def _unused(path: Path) -> Path:
    """A name like this that no file has, and now this process's file."""
    if path.exists() and not path.is_file():
        return path  # a device or a pipe
    try:
        for number in range(1, _MOST_FILES):
            own = path if number == 1 else path.with_stem(f"{path.stem}-{number}")
            try:
                own.open("xb").close()
            except FileExistsError:
                continue
            return own
    except OSError as error:
        raise Unavailable(f"cannot write {path.name}: {error.strerror}") from error
    raise Unavailable(f"cannot write {path.name}: there are {_MOST_FILES} such files")
