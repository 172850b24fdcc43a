"""Pictures as files that carry where they come from, signed.

Two marks for machines are written: a C2PA manifest with an action ``c2pa.created`` (C2PA
specification, *Actions*), and the property ``Iptc4xmpExt:DigitalSourceType`` in XMP (IPTC Photo
Metadata Standard), which software without C2PA reads. Both say ``trainedAlgorithmicMedia`` of
IPTC's NewsCodes; of a picture of somebody else that was painted anew in part,
``compositeWithTrainedAlgorithmicMedia``. The signature covers the pixels and the XMP.
"""

from __future__ import annotations

import importlib.metadata
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import quoteattr

import c2pa
from PIL import Image, PngImagePlugin

from foundation.errors import FailedPrecondition, InvalidArgument
from foundation.images import Picture
from services.image_generation.badge import Badge, with_badge
from services.image_generation.mapping import MEDIA_TYPES
from services.image_generation.signing import SigningIdentity

_NEWSCODES: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/"
SOURCE_TYPE: Final = f"{_NEWSCODES}trainedAlgorithmicMedia"
INPAINTED_TYPE: Final = f"{_NEWSCODES}compositeWithTrainedAlgorithmicMedia"

_ELSEWHERE: Final = "Remote: must fetch"
"""How c2pa begins to say that a file names a server that has its manifest."""

_ASSERTION: Final = "kz.dauys.generation"
_QUALITY: Final = 92
_PNG_LEVEL: Final = 3
"""Of zlib, which has 6 itself: two thirds of the time for a tenth more bytes."""

_SETTINGS: Final = {"builder": {"thumbnail": {"enabled": False}}}
"""A thumbnail would be a second picture in each file, half as large as the first."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What made a picture, as its manifest says. No prompt: those may be private."""

    model: str
    """The catalogue's id."""

    title: str = ""
    inpainted: bool = False
    """Parts of it are of a picture that a caller sent."""

    settings: Mapping[str, str | int | float] = field(default_factory=dict)
    """Seed, steps and so on, so that the picture can be made again."""

    @property
    def source_type(self) -> str:
        """IPTC's word for it."""
        return INPAINTED_TYPE if self.inpainted else SOURCE_TYPE


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a reader of C2PA finds in a file."""

    state: str
    """``Trusted``, ``Valid`` (intact, by a signer who is not known) or ``Invalid``."""

    problems: tuple[str, ...]
    """Codes of C2PA, such as ``assertion.dataHash.mismatch``."""

    source_types: tuple[str, ...]
    signer: str
    model: str
    settings: Mapping[str, Any]


def marked_file(
    picture: Picture,
    kind: str,
    origin: Origin,
    identity: SigningIdentity,
    badge: Badge | None,
) -> bytes:
    """A picture as a signed file.

    Args:
        picture: uint8 [height, width, 3].
        kind: One of ``mapping.MEDIA_TYPES``; JPEG and WebP at quality 92.
        origin: What made it.
        identity: Who signs.
        badge: None: no visible badge.

    Raises:
        InvalidArgument: the format is not known.
        FailedPrecondition: the certificate is not one that C2PA accepts.
    """
    if kind not in MEDIA_TYPES:
        raise InvalidArgument("format", f"{kind!r} is not one of {', '.join(MEDIA_TYPES)}")
    shown = picture if badge is None else with_badge(picture, badge)
    source = io.BytesIO(_encoded(shown, kind, origin.source_type))
    signed = io.BytesIO()
    info = c2pa.C2paSignerInfo(
        identity.algorithm, identity.certificates.encode(), identity.key.encode(), None
    )
    try:
        with (
            c2pa.Signer.from_info(info) as signer,
            c2pa.Context.from_dict(_SETTINGS) as context,
            c2pa.Builder(_definition(origin, kind), context=context) as builder,
        ):
            builder.sign(signer, MEDIA_TYPES[kind], source, signed)
    except c2pa.C2paError as error:
        raise FailedPrecondition(f"the picture cannot be signed: {error}") from error
    return signed.getvalue()


def read_manifest(content: bytes, kind: str, trust_anchors: str = "") -> Manifest | None:
    """What a file's manifest says and whether it holds; None: there is none.

    Args:
        content: The file.
        kind: One of ``mapping.MEDIA_TYPES``.
        trust_anchors: PEM of the roots whose signers are trusted; empty: only whether the file is
            intact is said.

    Raises:
        InvalidArgument: the format is not known, or the file cannot be read as one of it.
    """
    if kind not in MEDIA_TYPES:
        raise InvalidArgument("format", f"{kind!r} is not one of {', '.join(MEDIA_TYPES)}")
    # What a stranger wrote into a file makes nobody ask a stranger's server.
    settings: dict[str, Any] = {"verify": {"verify_trust": True, "remote_manifest_fetch": False}}
    if trust_anchors:
        settings["trust"] = {"trust_anchors": trust_anchors}
    try:
        with (
            c2pa.Context.from_dict(settings) as context,
            c2pa.Reader(MEDIA_TYPES[kind], io.BytesIO(content), context=context) as reader,
        ):
            store = json.loads(reader.json())
            state = str(reader.get_validation_state())
    except c2pa.C2paError.ManifestNotFound:
        return None
    except c2pa.C2paError as error:
        if str(error).startswith(_ELSEWHERE):
            raise InvalidArgument(
                "content", "its manifest is not in the file but on a server, which is not asked"
            ) from error
        raise InvalidArgument("content", f"cannot be read as {kind}: {error}") from error
    # Of a broken file the manifest that counts may be one that could not be read.
    active = store["manifests"].get(store["active_manifest"])
    if active is None:
        active, state = {"assertions": ()}, "Invalid"
    assertions = {one["label"]: one["data"] for one in active["assertions"]}
    actions: list[dict[str, Any]] = next(
        (data["actions"] for label, data in assertions.items() if "c2pa.actions" in label), []
    )
    # Whoever signs may write anything there.
    generation = _mapping(assertions.get(_ASSERTION))
    model = generation.get("model")
    return Manifest(
        state=state,
        problems=tuple(one["code"] for one in store.get("validation_status", ())),
        source_types=tuple(a["digitalSourceType"] for a in actions if "digitalSourceType" in a),
        signer=active.get("signature_info", {}).get("issuer", ""),
        model=model if isinstance(model, str) else "",
        settings=_mapping(generation.get("settings")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _definition(origin: Origin, kind: str) -> dict[str, Any]:
    version = importlib.metadata.version("dauys-server")
    created = {
        "action": "c2pa.created",
        "digitalSourceType": origin.source_type,
        "softwareAgent": {"name": f"Dauys, model {origin.model}", "version": version},
    }
    generation = {"model": origin.model, "settings": dict(origin.settings)}
    return {
        "claim_generator_info": [{"name": "Dauys", "version": version}],
        "title": origin.title or f"picture.{kind}",
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [created]}},
            {"label": _ASSERTION, "data": generation},
        ],
    }


def _encoded(picture: Picture, kind: str, source_type: str) -> bytes:
    image, xmp, buffer = Image.fromarray(picture), _xmp(source_type), io.BytesIO()
    if kind == "png":
        information = PngImagePlugin.PngInfo()
        information.add_itxt("XML:com.adobe.xmp", xmp)
        image.save(buffer, "PNG", pnginfo=information, compress_level=_PNG_LEVEL)
    elif kind == "jpeg":
        # Full resolution of colour: ornaments have thin lines of strong colours.
        image.save(buffer, "JPEG", quality=_QUALITY, subsampling=0, xmp=xmp.encode())
    else:
        image.save(buffer, "WEBP", quality=_QUALITY, xmp=xmp.encode())
    return buffer.getvalue()


def _xmp(source_type: str) -> str:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about=""'
        ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
        f" Iptc4xmpExt:DigitalSourceType={quoteattr(source_type)}/>"
        '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
    )
