"""Commands as clients: of a server elsewhere, or of one service in this process."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import tempfile
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, TypeAlias, TypeVar

import typer

from foundation.errors import (
    DauysError,
    DeadlineExceeded,
    FailedPrecondition,
    InvalidArgument,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    Unavailable,
)

if TYPE_CHECKING:
    from dauys.client import AsyncClient

Address: TypeAlias = Annotated[
    str,
    typer.Option(
        "--server",
        help="Where a server listens; its API key is taken from DAUYS_API_KEY.",
        metavar="HOST:PORT",
    ),
]
TlsFlag: TypeAlias = Annotated[
    bool,
    typer.Option("--tls", help="Call the server over TLS, by the roots of public authorities."),
]
TlsRoot: TypeAlias = Annotated[
    Path | None, typer.Option("--tls-root", help="PEM roots of the server's certificate.")
]

HERE: Final = "127.0.0.1:50051"
"""Where ``dauys serve`` listens."""

_STOP_SECONDS: Final = 5.0
_TERMINATED: Final = 128 + signal.SIGTERM

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Connection:
    """Where a server listens, and how it is called."""

    server: str
    tls: bool = False
    tls_root: Path | None = None

    def client(self) -> AsyncClient:
        """A client of it, with the API key of ``DAUYS_API_KEY``; make it on the event loop.

        Raises:
            InvalidArgument: the roots cannot be read.
        """
        from dauys.client import AsyncClient, Tls

        credentials = None
        if self.tls or self.tls_root is not None:
            try:
                roots = None if self.tls_root is None else self.tls_root.read_bytes()
            except OSError as error:
                fault = f"cannot read {self.tls_root}: {error.strerror}"
                raise InvalidArgument("--tls-root", fault) from error
            credentials = Tls(root_certificates=roots)
        key = os.environ.get("DAUYS_API_KEY") or None
        return AsyncClient(self.server, api_key=key, tls=credentials)


@contextlib.asynccontextmanager
async def calling_here(service: str, workers: int = 0) -> AsyncIterator[AsyncClient]:
    """A client of one service in this process, which nobody else can call.

    Args:
        service: A name of ``services.server.registry``.
        workers: Worker threads; 0: one a core.
    """
    import grpc.aio
    from dauys.client import AsyncClient

    from models.store import ModelStore
    from services.command_line import runtime
    from services.server.channel import MESSAGE_BYTES, server_options
    from services.server.errors import ErrorInterceptor
    from services.server.registry import ServiceContext, make_services
    from services.server.settings import Settings
    from services.storage import Database, migrate

    settings = Settings()
    database = Database(settings.database_url)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(database.aclose)
        pool = await stack.enter_async_context(runtime.open_pool(workers))
        context = ServiceContext(settings, pool, ModelStore(), database)
        [made] = make_services(context, [service])
        stack.push_async_callback(made.drain)
        if made.needs_database:
            await asyncio.to_thread(migrate, database)
        server = grpc.aio.server(
            interceptors=[ErrorInterceptor()], options=server_options(MESSAGE_BYTES)
        )
        made.add_to(server)
        # A socket in a folder that only this user may enter: a port could be called by others.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="dauys-"))
        address = f"unix:{folder}/socket"
        server.add_insecure_port(address)
        await server.start()
        # Calls are over when it is reached; an abrupt stop would be logged by gRPC's core.
        stack.push_async_callback(server.stop, _STOP_SECONDS)
        yield await stack.enter_async_context(AsyncClient(address))


def run(coroutine: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run``, where SIGTERM cleans up as Ctrl-C does."""

    async def cancellable() -> T:
        task = asyncio.current_task()
        assert task is not None, "a coroutine that runs is a task's"
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
        return await coroutine

    try:
        return asyncio.run(cancellable())
    except asyncio.CancelledError:
        raise typer.Exit(_TERMINATED) from None


@contextlib.contextmanager
def errors_as_ours(server: str, options: Mapping[str, str]) -> Iterator[None]:
    """What the SDK raises is raised as the command's own error, in the words that a user typed.

    Args:
        server: Named where it cannot be reached; empty: this process.
        options: Fields of the contract → options of the command; of ``adapters[1].weight`` the
            whole or ``adapters``.
    """
    from dauys import client

    kinds: tuple[tuple[type[client.DauysClientError], type[DauysError]], ...] = (
        (client.FailedPreconditionError, FailedPrecondition),
        (client.UnauthenticatedError, PermissionDenied),
        (client.PermissionDeniedError, PermissionDenied),
        (client.DeadlineExceededError, DeadlineExceeded),
    )
    try:
        yield
    except client.InvalidArgumentError as error:
        if not error.violations:
            raise DauysError(error.message) from error
        first = error.violations[0]
        raise InvalidArgument(_option(first.field, options), first.description) from error
    except client.NotFoundError as error:
        field, colon, rest = error.message.partition(": ")
        raise NotFound(f"{_option(field, options)}{colon}{rest}") from error
    except client.ResourceExhaustedError as error:
        raise ResourceExhausted("server", error.message, error.retry_after) from error
    except client.UnavailableError as error:
        raise Unavailable(f"{server}: {error.message}" if server else error.message) from error
    except client.UnimplementedError as error:
        raise FailedPrecondition(f"{server} does not serve this: {error.message}") from error
    except client.DauysClientError as error:
        ours = next((ours for theirs, ours in kinds if isinstance(error, theirs)), DauysError)
        raise ours(error.message) from error


def _option(field: str, options: Mapping[str, str]) -> str:
    head = re.split(r"[.\[]", field, maxsplit=1)[0]
    return options.get(field) or options.get(head) or field
