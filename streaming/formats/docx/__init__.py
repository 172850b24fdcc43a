"""Transcripts as Word documents."""

from streaming.formats.docx.config import DocxConfig

__all__ = ["DocxConfig"]
