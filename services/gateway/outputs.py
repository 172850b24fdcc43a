"""Outputs of sessions as the pages ask for and are told of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from dauys.client import DashOptions, HlsOptions, Output

from services.gateway.reading import Body

_MOST: Final = 16


def wanted_outputs(body: Body, known: Sequence[Output]) -> list[Output]:
    """The outputs that a page asks for.

    An entry is ``{name, profile}`` or ``{name, kind}``, perhaps with ``offset`` in seconds; one
    that the session has already need only be named.

    Raises:
        Refused: names the field.
    """
    have = {output.name: output for output in known}
    found = []
    for entry in body.objects("outputs", _MOST):
        fields = Body(entry)
        name, profile = fields.text("name", 40), fields.text("profile", 40)
        output = have.get(name)
        if output is None:
            kind = fields.text("kind", 20)
            output = Output(
                name,
                profile,
                hls=HlsOptions() if kind == "hls" and not profile else None,
                dash=DashOptions() if kind == "dash" and not profile else None,
            )
        if fields.has("offset"):
            output = replace(output, offset=fields.real("offset"))
        found.append(replace(output, status=None))
    return found


def described_output(output: Output) -> dict[str, Any]:
    """All that operators may know of an output."""
    described: dict[str, Any] = {
        "name": output.name,
        "profile": output.profile,
        "offset": round(output.offset, 3),
        "tracks": output.tracks,
        "url": "",
    }
    status = output.status
    if status is None:
        return described | {"state": "unspecified"}
    return described | {
        "kind": status.kind,
        "state": status.state.name.lower(),
        "detail": status.detail,
        "since": status.since.isoformat() if status.since else None,
        "cues": status.cues,
        "lost": status.lost_cues,
        "retries": status.retries,
        "last_success": status.last_success.isoformat() if status.last_success else None,
        "voice": asdict(status.voice) if status.voice else None,
    }
