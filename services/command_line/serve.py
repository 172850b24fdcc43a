"""``dauys serve``: all services in one process, or some alone."""

from __future__ import annotations

from typing import Annotated, Any

import typer


def serve(
    only: Annotated[
        str, typer.Option(help="Comma-separated services; empty for all.", metavar="NAME,…")
    ] = "",
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks one.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Serve off loopback without TLS and API key.")
    ] = False,
    gateway: Annotated[
        int | None,
        typer.Option(help="Serve the web pages, too, on this port: docs/GATEWAY.md."),
    ] = None,
) -> None:
    """Serve gRPC until SIGTERM, then drain."""
    import asyncio

    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from foundation.errors import InvalidArgument
    from services.server.bootstrap import serve as run
    from services.server.settings import Settings

    given: dict[str, Any] = {"host": host, "port": port, "insecure": insecure or None}
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(map(str, wrong["loc"]))
        raise InvalidArgument(f"settings.{field}", wrong["msg"]) from error
    except SettingsError as error:
        raise InvalidArgument("settings", f"{error}: not JSON") from error
    beside = None
    if gateway is not None:
        from services.command_line.gateway import gateway_beside

        wants_key = bool(settings.api_key_sha256 or settings.api_keys)
        beside = gateway_beside(gateway, settings.outputs_root, wants_key=wants_key)
    asyncio.run(run(settings, [name for name in only.split(",") if name] or None, beside))
