"""Pictures that say what they are: signed manifest, IPTC source type, visible badge."""

from services.image_generation.badge import Badge, with_badge
from services.image_generation.input_picture import read_mask, read_picture
from services.image_generation.provenance import (
    FORMATS,
    Manifest,
    Origin,
    marked_file,
    read_manifest,
)
from services.image_generation.signing import SigningIdentity, identity_for_tests, load_identity

__all__ = [
    "FORMATS",
    "Badge",
    "Manifest",
    "Origin",
    "SigningIdentity",
    "identity_for_tests",
    "load_identity",
    "marked_file",
    "read_manifest",
    "read_mask",
    "read_picture",
    "with_badge",
]
