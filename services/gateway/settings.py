"""Settings of the gateway: environment ``DAUYS_GATEWAY_…``."""

from __future__ import annotations

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.errors import FailedPrecondition, InvalidArgument
from services.server.auth import is_loopback

LEAST_TOKEN: int = 16
"""Characters; a shorter token could be guessed."""


class GatewaySettings(BaseSettings):
    """All settings of ``dauys gateway``."""

    model_config = SettingsConfigDict(
        env_prefix="DAUYS_GATEWAY_", env_file=os.environ.get("DAUYS_ENV_FILE"), extra="ignore"
    )

    host: str = "127.0.0.1"
    port: int = Field(8080, ge=0, le=65535)
    token: str = Field("", repr=False)
    """What operators log in with; needed off loopback. Links of single sessions are signed with
    it: another token makes all old links void."""

    insecure: bool = False
    """Serve off loopback without TLS: behind a proxy that has it."""

    tls_certificate: Path | None = None
    """PEM chain; with ``tls_key``."""

    tls_key: Path | None = None
    frame_ancestors: tuple[str, ...] = ()
    """Origins whose pages may show the viewer and the overlay in a frame (a JSON list)."""

    server: str = "127.0.0.1:50051"
    """Where the gRPC services listen, ``host:port``."""

    server_api_key: str = Field("", repr=False)
    """Sent with every call to them."""

    server_tls: bool = False
    """Call them over TLS, with the system's roots or ``server_tls_root``."""

    server_tls_root: Path | None = None
    """PEM roots."""

    outputs_root: Path | None = None
    """The services' ``DAUYS_OUTPUTS_ROOT``, if it can be read here: players get sessions' HLS and
    DASH from it."""

    viewer_queue: int = Field(1_000, ge=10)
    """Events that a viewer may fall behind before it is dropped."""

    def check(self) -> None:
        """Refuse what would let strangers in.

        Raises:
            FailedPrecondition: reachable from other machines without a token or without TLS.
            InvalidArgument: a token that can be guessed, a certificate without its key.
        """
        if self.token and len(self.token) < LEAST_TOKEN:
            raise InvalidArgument(
                "DAUYS_GATEWAY_TOKEN", f"{len(self.token)} characters, at least {LEAST_TOKEN}"
            )
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise InvalidArgument(
                "DAUYS_GATEWAY_TLS_KEY", "tls_certificate and tls_key go together"
            )
        if is_loopback(self.host):
            return
        if not self.token:
            raise FailedPrecondition(
                f"{self.host} can be reached from other machines: set DAUYS_GATEWAY_TOKEN"
            )
        if self.tls_certificate is None and not self.insecure:
            raise FailedPrecondition(
                f"{self.host} can be reached from other machines: set "
                "DAUYS_GATEWAY_TLS_CERTIFICATE and DAUYS_GATEWAY_TLS_KEY, or say --insecure "
                "behind a proxy that has TLS"
            )
