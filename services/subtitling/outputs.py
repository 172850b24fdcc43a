"""The outputs that a caller asks for: what a server's operator allows, and nothing else.

A caller names a profile of the operator's, or asks for files below the server's own folder: it
never chooses a path or an address.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import structlog
from dauys.v1 import subtitling_pb2

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.languages import LANGUAGES
from services.server.settings import Settings
from services.subtitling.mapping import OUTPUT_STATES
from streaming.delivery.health import OutputStatus
from streaming.delivery.kinds import KINDS, output_kind
from streaming.delivery.log import DeliveryLog
from streaming.delivery.runner import FolderClaims, OutputRunner, check_possible
from streaming.delivery.running import SessionFacts
from streaming.delivery.specs import OutputSpec, check_together, read_spec, read_tables
from streaming.ingest.media_tap import MediaTaps
from streaming.interpretation import Booth
from streaming.session import LiveSession, SessionConfig

_log = structlog.get_logger(__name__)

_FIELD: Final = "live_session.outputs"
_TRACKS: Final = (SessionConfig().track, *LANGUAGES)
_TIMES: Final = ("segment", "window", "hold", "video_delay")


class SessionOutputs:
    """What sessions of this server may have for outputs.

    Args:
        settings: The server's.
        booth: For outputs that speak; None: there can be none.

    Raises:
        InvalidArgument: a profile is wrong; names file, entry and field.
        NotFound: a profile names what is not here, such as a voice.
    """

    def __init__(self, settings: Settings, booth: Booth | None = None) -> None:
        self._booth = booth
        self._root = settings.outputs_root
        self._logs = settings.delivery_logs
        self._claims = FolderClaims()
        self._profiles: dict[str, Mapping[str, Any]] = {}
        path = settings.output_profiles
        for place, table in enumerate(read_tables(path) if path is not None else ()):
            field = f"{path}: output[{place}]"
            name = table.get("name")
            if not isinstance(name, str) or not name:
                raise InvalidArgument(f"{field}.name", "is missing: sessions name profiles by it")
            if name in self._profiles:
                raise InvalidArgument(f"{field}.name", f"{name!r} stands twice")
            check_possible(read_spec(_with_folder(table, Path("checked")), field), booth, field)
            self._profiles[name] = table

    def choice(self) -> subtitling_pb2.ListOutputProfilesResponse:
        """What a session may have."""
        kinds = {name: output_kind(table["kind"]) for name, table in self._profiles.items()}
        return subtitling_pb2.ListOutputProfilesResponse(
            profiles=[
                subtitling_pb2.OutputProfile(name=name, kind=kind.name, description=kind.summary)
                for name, kind in kinds.items()
            ],
            files=self._root is not None,
        )

    def runner(
        self,
        session: LiveSession,
        session_id: str,
        facts: Callable[[], SessionFacts],
        taps: MediaTaps | None,
    ) -> OutputRunner:
        """What runs a session's outputs; none yet.

        Args:
            session: Whose events they get.
            session_id: Names its folders.
            facts: What outputs are told of it.
            taps: What its feed copies picture and sound into; None: it does not.
        """

        def log(name: str) -> DeliveryLog | None:
            if self._logs is None:
                return None
            return DeliveryLog(self._logs / session_id / f"{name}.jsonl")

        return OutputRunner(session, facts, taps, self._claims, log, booth=self._booth)

    def canonical(
        self, outputs: Sequence[subtitling_pb2.Output]
    ) -> tuple[subtitling_pb2.Output, ...]:
        """The outputs as asked for, each with a name, without what only the server says."""
        found = []
        for wanted in outputs:
            output = subtitling_pb2.Output()
            output.CopyFrom(wanted)
            output.ClearField("status")
            output.name = wanted.name or wanted.profile or wanted.WhichOneof("kind") or ""
            found.append(output)
        return tuple(found)

    def specs(
        self, outputs: Sequence[subtitling_pb2.Output], session_id: str, *, url: bool
    ) -> tuple[OutputSpec, ...]:
        """Check and map the outputs of a session.

        Args:
            outputs: Canonical ones.
            session_id: Names the session's folder.
            url: The session reads a URL, so that there may be pictures.

        Raises:
            InvalidArgument: names the field and its limit.
            FailedPrecondition: the server keeps no files of outputs.
        """
        found = tuple(
            self._spec(output, session_id, f"{_FIELD}[{place}]")
            for place, output in enumerate(outputs)
        )
        for place, spec in enumerate(found):
            if spec.needs_media and not url:
                raise InvalidArgument(
                    f"{_FIELD}[{place}]", "needs the feed's picture, and audio is pushed"
                )
        try:
            check_together(found)
        except InvalidArgument as error:
            raise InvalidArgument(f"live_session.{error.field}", error.description) from None
        return found

    def _spec(self, output: subtitling_pb2.Output, session_id: str, field: str) -> OutputSpec:
        kind = output.WhichOneof("kind")
        if kind == "profile":
            table = self._profiles.get(output.profile)
            if table is None:
                known = ", ".join(self._profiles) or "none"
                raise InvalidArgument(
                    f"{field}.profile", f"{output.profile!r} is not one of this server's: {known}"
                )
        elif kind == "hls":
            table = _segments_table(kind, output.hls)
        elif kind == "dash":
            table = _segments_table(kind, output.dash)
        else:
            raise InvalidArgument(field, "names neither a profile nor hls nor dash")
        for track in output.tracks:
            if track not in _TRACKS:
                raise InvalidArgument(f"{field}.tracks", f"{track!r} is no track")
        table = dict(table) | {"name": output.name}
        if output.tracks:
            table["tracks"] = list(output.tracks)
        if output.HasField("offset"):
            table["offset"] = output.offset.seconds + output.offset.nanos / 1e9
        check_name(output.name, f"{field}.name")
        try:
            return read_spec(self._placed(table, session_id), field)
        except InvalidArgument as error:
            name = error.field.removeprefix(f"{field}.").removesuffix("_seconds")
            if kind != "profile" and name in _TIMES:
                raise InvalidArgument(f"{field}.{kind}.{name}", error.description) from None
            raise

    def _placed(self, table: Mapping[str, Any], session_id: str) -> dict[str, Any]:
        """With a folder of the session's own, where the operator has named none."""
        kind = output_kind(table["kind"])
        if not kind.root or kind.root in table:
            return dict(table)
        if self._root is None:
            raise FailedPrecondition(
                "this server keeps no files of outputs: its operator has not set DAUYS_OUTPUTS_ROOT"
            )
        return _with_folder(table, self._root / session_id / table["name"])

    def status(self, spec: OutputSpec, status: OutputStatus) -> subtitling_pb2.OutputStatus:
        """How an output fares."""
        message = subtitling_pb2.OutputStatus(
            kind=status.kind,
            state=OUTPUT_STATES[status.state],
            detail=status.detail,
            cues=status.cues,
            lost_cues=status.lost,
            retries=status.retries,
            path=self._path(spec),
        )
        message.since.FromDatetime(status.since)
        if status.voice is not None:
            message.voice.lag.FromMicroseconds(round(status.voice.lag_seconds * 1e6))
            message.voice.waiting.FromMicroseconds(round(status.voice.waiting_seconds * 1e6))
            message.voice.rate = status.voice.rate
        if status.last_success is not None:
            message.last_success.FromDatetime(status.last_success)
        return message

    def _path(self, spec: OutputSpec) -> str:
        if self._root is None or spec.root is None or not spec.root.is_relative_to(self._root):
            return ""
        return (spec.root.relative_to(self._root) / output_kind(spec.kind).index).as_posix()

    def forget(self, session_id: str) -> None:
        """Delete the files of a session that nobody asks for any more; blocks on the disk."""
        folder = self._root / session_id if self._root is not None else None
        if folder is None or not folder.exists():
            return
        try:
            shutil.rmtree(folder)
        except OSError as error:
            _log.warning("outputs.not_deleted", folder=str(folder), reason=str(error))


def fill_status(
    message: subtitling_pb2.LiveSession,
    outputs: SessionOutputs,
    specs: Sequence[OutputSpec],
    statuses: Sequence[OutputStatus],
) -> None:
    """Say of each output of a session how it fares."""
    known = {spec.name: (spec, status) for spec, status in zip(specs, statuses, strict=True)}
    for output in message.outputs:
        if output.name in known:
            output.status.CopyFrom(outputs.status(*known[output.name]))


def check_name(name: str, field: str) -> None:
    """Refuse a name that cannot be a folder's, before a path is made of it.

    Raises:
        InvalidArgument: names ``field``.
    """
    if not name.isascii() or "/" in name or name.startswith("."):
        raise InvalidArgument(field, f"{name!r} is not lower-case letters, digits and hyphens")


def _with_folder(table: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    kind = output_kind(table["kind"]) if table.get("kind") in KINDS else None
    return {kind.root: folder, **table} if kind is not None and kind.root else dict(table)


def _segments_table(
    kind: str, wanted: subtitling_pb2.HlsOutput | subtitling_pb2.DashOutput
) -> dict[str, Any]:
    table: dict[str, Any] = {"kind": kind, "video": "copy" if wanted.video else "none"}
    for name in _TIMES:
        if wanted.HasField(name):
            value = getattr(wanted, name)
            table[f"{name}_seconds"] = value.seconds + value.nanos / 1e9
    return table
