"""Settings of a server: environment ``DAUYS_…``, or a file that ``DAUYS_ENV_FILE`` names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, FilePath, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.languages import Language


class EngineServer(BaseModel):
    """Another server, as an engine of this one's live sessions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    address: str = Field(min_length=1)
    """``host:port``."""

    api_key: SecretStr = SecretStr("")
    tls: bool = False
    """Certificates of public authorities, or of ``tls_roots``."""

    tls_roots: FilePath | None = None
    """PEM file; its presence means ``tls``."""


class Settings(BaseSettings):
    """All settings of ``dauys serve``."""

    model_config = SettingsConfigDict(
        env_prefix="DAUYS_", env_file=os.environ.get("DAUYS_ENV_FILE"), extra="ignore"
    )

    host: str = "127.0.0.1"
    port: int = Field(50051, ge=0, le=65535)
    insecure: bool = False
    """Serve off loopback without TLS and API key."""

    tls_certificate: Path | None = None
    """PEM chain; with ``tls_key``."""

    tls_key: Path | None = None
    api_key_sha256: str = ""
    """SHA-256 (hex) of the API key that callers send as ``authorization: Bearer KEY``."""

    api_keys: Path | None = None
    """TOML file of tenants and the SHA-256 of their keys (docs/KEYS.md), beside
    ``api_key_sha256``, which is the key of the tenant ``default``."""

    workers: int = Field(0, ge=0, le=256)
    """Worker threads; 0: one a core."""

    default_model: str = "whisper-base"
    """Hears what no model is named for."""

    language_models: dict[Language, str] = Field(default_factory=dict)
    """Models for single languages where a caller names none (JSON: ``{"kk": "…"}``)."""

    default_translation_model: str = "starter-translator"
    """Translates the pairs that ``translation_models`` names no other for; empty: none does."""

    translation_models: dict[str, str] = Field(default_factory=dict)
    """Models for single pairs (JSON: ``{"kk-ru": "…"}``). A pair without one goes through two
    models and a pivot language, where there are such."""

    engine_servers: dict[str, EngineServer] = Field(default_factory=dict)
    """Other servers that may recognise this one's live sessions, by the names that callers give
    them (JSON: ``{"gpu2": {"address": "10.0.0.2:50051", "api_key": "…"}}``)."""

    max_live_sessions: int = Field(8, ge=1)
    """Live sessions at once, by URL or pushed; one more is refused."""

    longest_step_seconds: float = Field(1.8, ge=0.5, le=5.0)
    """Load stretches the time between two decodings of a live session; beyond this, in the median
    of all, no further session is admitted."""

    max_streams: int = Field(16, ge=1)
    """StreamingRecognize calls at once."""

    voices: dict[Language, str] = Field(default_factory=dict)
    """Voices that speak a language where a caller names none (JSON: ``{"kk": "…"}``), loaded at the
    start; else one of the catalogue's that is on this machine."""

    lexicon: Path | None = None
    """How words are said, for all callers: lines of written, language, respelling, IPA, or PLS."""

    max_speech_streams: int = Field(16, ge=1)
    """Texts that are spoken at once, streamed or whole; a whole one of ten minutes takes some 60 MB
    while it is spoken."""

    max_documents: int = Field(4, ge=1)
    """TranslateDocument calls at once; each holds its document in memory, several times over."""

    allowed_hosts: tuple[str, ...] = ()
    """Private or loopback hosts and networks that session URLs may name (a JSON list)."""

    database_url: str = ""
    """``sqlite:////folder/file`` or ``postgresql://user:password@host/name``; empty: SQLite in the
    user's data folder."""

    images_root: Path | None = None
    """Folder of the gallery's files; None: ``images`` in the user's data folder. Servers that share
    the database share it, too."""

    images_days: int = Field(0, ge=0)
    """How long the gallery keeps images; 0: until they are deleted."""

    images_most_bytes: int = Field(0, ge=0)
    """What the gallery's files of one tenant may take, then no more is drawn for it; 0: no
    limit."""

    audit_prompts: bool = True
    """Keep prompts in the audit log; otherwise their SHA-256 alone."""

    outputs_root: Path | None = None
    """Folder below which sessions' outputs write files for players, a folder a session; None:
    callers can ask for none. A gateway beside it serves the same folder."""

    output_profiles: Path | None = None
    """Outputs that callers may name: TOML with ``[[output]]`` tables, docs/OUTPUTS.md."""

    delivery_logs: Path | None = None
    """Folder of the outputs' delivery logs; None: none are kept."""

    image_model: str = ""
    """Draws where a caller names no model; empty: ``starter-ornament``, or else the first image
    model that is here."""

    image_styles: Path | None = None
    """More styles, or others in the place of the shipped ones (form of models/styles)."""

    image_certificate: Path | None = None
    """PEM chain of who signs images, with ``image_key``; None: a test certificate is made."""

    image_key: Path | None = None
    """PEM, the chain's private key."""

    image_identity_folder: Path | None = None
    """Where the test certificate is kept; None: in the user's data folder."""

    image_badge: Literal["optional", "required"] = "optional"
    """May a caller ask for an image without the visible badge?"""

    image_badge_corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = (
        "bottom-right"
    )
    image_badge_language: Language = "kk"
    """Where the prompt's is not known."""

    image_badge_percent: float = Field(3.0, ge=1.5, le=15)
    """Height of its letters, % of the shorter side."""

    image_prompt_filter: Path | None = None
    """Words and patterns that no prompt may hold, docs/IMAGES.md."""

    image_output_filter: str = ""
    """A command that is asked about every image before it is given out, docs/IMAGES.md."""

    image_output_filter_seconds: float = Field(10.0, gt=0, le=600)
    """What it may take for one image; without an answer by then the image is not given out."""

    max_images: int = Field(16, ge=1)
    """Generations that are drawn or wait at once."""

    max_tenant_images: int = Field(4, ge=1)
    """The same of one tenant."""

    max_audio_bytes: int = Field(16 * 2**20, ge=1024)
    """Largest recording of a Recognize call."""

    max_audio_seconds: float = Field(600.0, gt=0)
    """Of a Recognize call's recording, and of what a Synthesize call speaks."""

    drain_seconds: float = Field(10.0, ge=0)
    """Time that live sessions and calls get to end after SIGTERM."""
