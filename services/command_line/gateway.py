"""``dauys gateway``: the web pages, as a client of services that run here or elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from foundation.errors import FailedPrecondition

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from services.gateway.settings import GatewaySettings


def gateway(
    server: Annotated[
        str | None, typer.Option(help="Where the services listen.", metavar="HOST:PORT")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 picks one.")] = None,
    insecure: Annotated[
        bool, typer.Option("--insecure", help="Serve off loopback without TLS, behind a proxy.")
    ] = False,
) -> None:
    """Serve the web pages until SIGTERM: sessions, viewer, overlay, operator's console."""
    import asyncio

    from services.gateway.running import serve
    from services.server import telemetry

    telemetry.configure()
    settings = gateway_settings(server=server, host=host, port=port, insecure=insecure or None)
    asyncio.run(serve(settings))


def gateway_beside(
    port: int, outputs_root: Path | None = None, *, wants_key: bool = False
) -> Callable[[int], AbstractAsyncContextManager[object]]:
    """The gateway in a server's own process; called with the server's port.

    Args:
        port: Of the pages.
        outputs_root: The server's folder for outputs.
        wants_key: The server answers nobody without an API key.

    Raises:
        FailedPrecondition: it does, and the gateway has none.
        InvalidArgument: names the setting that is wrong.
    """
    settings = gateway_settings(port=port)
    if wants_key and not settings.server_api_key:
        raise FailedPrecondition(
            "--gateway: the server wants an API key, so its pages need one: set "
            "DAUYS_GATEWAY_SERVER_API_KEY (docs/KEYS.md)"
        )

    def beside(server_port: int) -> AbstractAsyncContextManager[object]:
        from services.gateway.running import running_gateway

        known = {"server": f"127.0.0.1:{server_port}", "outputs_root": outputs_root}
        update = {
            name: value for name, value in known.items() if name not in settings.model_fields_set
        }
        return running_gateway(settings.model_copy(update=update))

    return beside


def gateway_settings(**given: Any) -> GatewaySettings:
    """Settings of the environment, with those that were given.

    Raises:
        InvalidArgument: names the setting.
    """
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from foundation.errors import InvalidArgument
    from services.gateway.settings import GatewaySettings

    try:
        return GatewaySettings(
            **{name: value for name, value in given.items() if value is not None}
        )
    except ValidationError as error:
        wrong = error.errors()[0]
        field = ".".join(map(str, wrong["loc"]))
        raise InvalidArgument(f"gateway.{field}", wrong["msg"]) from error
    except SettingsError as error:
        raise InvalidArgument("gateway", f"{error}: not JSON") from error
