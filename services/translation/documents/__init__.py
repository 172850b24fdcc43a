"""Documents taken apart into what is to be translated, and put together again.

    document = open_document(data, "report.docx")
    saved = document.save([translate(segment) for segment in document.segments], "kk")

Each format keeps what it does not translate as it is. A segment's text is plain; its marks say
where formatting, links, images and references stand, and ``projection`` finds their places in the
translation.
"""

from services.translation.documents.alignment import of_sentences
from services.translation.documents.interface import (
    Document,
    Mark,
    MarkKind,
    Role,
    Saved,
    Segment,
    TranslatedSegment,
)
from services.translation.documents.limits import DocumentLimits
from services.translation.documents.opening import SUFFIXES, check_name, open_document

__all__ = [
    "SUFFIXES",
    "Document",
    "DocumentLimits",
    "Mark",
    "MarkKind",
    "Role",
    "Saved",
    "Segment",
    "TranslatedSegment",
    "check_name",
    "of_sentences",
    "open_document",
]
