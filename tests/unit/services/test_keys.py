from __future__ import annotations

import asyncio
import hashlib
import re
import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import pytest
from typer.testing import CliRunner

from foundation.errors import FailedPrecondition, InvalidArgument
from services.command_line.main import app
from services.server.auth import ApiKeyInterceptor, server_credentials
from services.server.callers import DEFAULT_TENANT, acting_for, tenant
from services.server.errors import ErrorInterceptor
from services.server.keys import load_keys, new_key
from services.server.settings import Settings

KINDS = ("unary_unary", "unary_stream", "stream_unary", "stream_stream")


def digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def settings(tmp_path: Path, text: str | bytes, **more: Any) -> Settings:
    path = tmp_path / "keys.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return Settings(**{"api_keys": path, **more})


TWO = f"""
[tenants.khabar]
sha256 = ["{digest("k1")}", "{digest("k2").upper()}"]
[tenants.almaty-24]
sha256 = ["{digest("k3")}", "{digest("қазақша")}"]
"""


def test_keys_and_their_tenants(tmp_path: Path) -> None:
    keys = load_keys(settings(tmp_path, TWO, api_key_sha256=digest("old")))
    asked = ["k1", "k2", "қазақша", "old", "k4", "", digest("k1"), "\udcff"]
    wanted = ["khabar", "khabar", "almaty-24", DEFAULT_TENANT, None, None, None, None]
    assert [keys.tenant_of(each) for each in asked] == wanted


def test_without_keys_there_are_none() -> None:
    assert not load_keys(Settings())
    assert load_keys(Settings(api_key_sha256=digest("k")))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "tenants: must be a table"),
        ("tenants = 7", "tenants: must be a table"),
        ("[tenants]", "tenants: names none"),
        ("[tenants", "is no TOML"),
        (b"\xff\xfe", "is no TOML"),
        ("[tenant.a]", "tenant: is not known; there is tenants"),
        ("[tenants]\na = 'x'", r"tenants\.a: must be a table"),
        ("[tenants.a]", r"tenants\.a\.sha256: must be a list"),
        ("[tenants.a]\nsha256 = []", r"tenants\.a\.sha256: must be a list"),
        ("[tenants.a]\nsha256 = 'x'", r"tenants\.a\.sha256: must be a list"),
        ("[tenants.a]\nsha256 = ['secret']", r"tenants\.a\.sha256\[0\]: is no SHA-256"),
        (f"[tenants.a]\nsha256 = ['{'0' * 64}', 7]", r"tenants\.a\.sha256\[1\]: is no SHA-256"),
        (f"[tenants.a]\nkeys = ['{'0' * 64}']", r"tenants\.a\.keys: is not known"),
        (f"[tenants.A]\nsha256 = ['{'0' * 64}']", r"tenants\.A: 'A' is no tenant's name"),
        (f"[tenants.'../x']\nsha256 = ['{'0' * 64}']", "'../x' is no tenant's name"),
        (f"[tenants.'']\nsha256 = ['{'0' * 64}']", "'' is no tenant's name"),
        (f"[tenants.'{'a' * 65}']\nsha256 = ['{'0' * 64}']", "is no tenant's name"),
        (
            f"[tenants.a]\nsha256 = ['{'0' * 64}']\n[tenants.b]\nsha256 = ['{'0' * 64}']",
            r"tenants\.b\.sha256\[0\]: is a key of the tenant a already",
        ),
        (b"#" * (1 << 20) + b"\n", "is larger than 1048576 bytes"),
    ],
)
def test_a_bad_file_is_refused_and_the_field_named(
    tmp_path: Path, text: str | bytes, message: str
) -> None:
    where = re.escape(f"DAUYS_API_KEYS {tmp_path / 'keys.toml'}: ")
    with pytest.raises(InvalidArgument, match=f"^{where}.*{message}") as error:
        load_keys(settings(tmp_path, text))
    assert "secret" not in str(error.value)  # it may be a key


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument, match="cannot be read: No such file"):
        load_keys(Settings(api_keys=tmp_path / "none.toml"))


def test_a_bad_single_key_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="DAUYS_API_KEY_SHA256: is no SHA-256"):
        load_keys(Settings(api_key_sha256="secret"))


def test_off_loopback_a_file_of_keys_is_as_good_as_a_key(tmp_path: Path) -> None:
    pem = tmp_path / "server.pem"
    pem.write_text("read when the port is opened")
    files: dict[str, Any] = {"tls_certificate": pem, "tls_key": pem, "host": "0.0.0.0"}
    assert server_credentials(settings(tmp_path, TWO, **files)) is not None
    with pytest.raises(FailedPrecondition, match="DAUYS_API_KEYS"):
        server_credentials(Settings(**files))


def test_who_calls_outside_of_a_call() -> None:
    assert tenant() == DEFAULT_TENANT
    with acting_for("khabar"):
        assert tenant() == "khabar"
    assert tenant() == DEFAULT_TENANT


def test_the_command_prints_what_the_server_takes(tmp_path: Path) -> None:
    printed = CliRunner().invoke(app, ["key", "--tenant", "khabar"])
    assert printed.exit_code == 0
    _, made, _, *rest = printed.output.splitlines()
    text = "\n".join(rest)
    assert tomllib.loads(text) == {"tenants": {"khabar": {"sha256": [digest(made)]}}}
    assert load_keys(settings(tmp_path, text)).tenant_of(made) == "khabar"
    printed = CliRunner().invoke(app, ["key"])
    _, made, _, _, line = printed.output.splitlines()
    assert line == f"DAUYS_API_KEY_SHA256={digest(made)}"
    assert len({new_key()[0] for _ in range(100)}) == 100
    assert isinstance(CliRunner().invoke(app, ["key", "--tenant", "X"]).exception, InvalidArgument)


class Meeting(grpc.GenericRpcHandler):
    """Says whose call it is at every moment; all calls are under way at once."""

    def __init__(self, callers: int) -> None:
        self.met = asyncio.Barrier(callers)

    def service(self, details: grpc.HandlerCallDetails) -> Any:
        kind = details.method.rpartition("/")[2]
        return getattr(grpc, f"{kind}_rpc_method_handler")(getattr(self, kind))

    async def answer(self) -> bytes:
        said = [tenant()]
        await self.met.wait()
        said.append(tenant())
        async with asyncio.TaskGroup() as group:
            task = group.create_task(self.inside())
        said += [task.result(), await asyncio.to_thread(tenant)]
        await self.met.wait()
        said.append(tenant())
        return " ".join(said).encode()

    async def inside(self) -> str:
        await asyncio.sleep(0)
        return tenant()

    async def unary_unary(self, request: bytes, context: Any) -> bytes:
        return await self.answer()

    async def unary_stream(self, request: bytes, context: Any) -> AsyncIterator[bytes]:
        yield tenant().encode()
        yield await self.answer()
        yield tenant().encode()

    async def stream_unary(self, requests: AsyncIterator[bytes], context: Any) -> bytes:
        said = [tenant() async for _ in requests]
        return " ".join(said).encode() + b" " + await self.answer()

    async def stream_stream(
        self, requests: AsyncIterator[bytes], context: Any
    ) -> AsyncIterator[bytes]:
        async for _ in requests:
            yield tenant().encode()
        yield await self.answer()


@asynccontextmanager
async def meeting(tmp_path: Path, callers: int) -> AsyncIterator[grpc.aio.Channel]:
    keys = load_keys(settings(tmp_path, TWO))
    server = grpc.aio.server(interceptors=[ApiKeyInterceptor(keys), ErrorInterceptor()])
    server.add_generic_rpc_handlers([Meeting(callers)])
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        await server.stop(0)


async def called(channel: grpc.aio.Channel, kind: str, key: str) -> set[str]:
    """All that a call was told of whose it is."""
    call: Any = getattr(channel, kind)(f"/test.Meeting/{kind}")
    metadata = (("authorization", f"Bearer {key}"),)
    request: Any = b"" if kind.startswith("unary") else iter([b"", b""])
    answer = call(request, metadata=metadata)
    if kind.endswith("unary"):
        return set((await answer).decode().split())
    return {word async for part in answer for word in part.decode().split()}


async def test_calls_of_two_keys_at_once_do_not_mix(tmp_path: Path) -> None:
    """Of every kind, over one connection, all of them waiting for each other half-way."""
    owners = {"k1": "khabar", "k2": "khabar", "k3": "almaty-24"}
    calls = [(kind, key) for kind in KINDS for key in owners for _ in range(3)]
    async with meeting(tmp_path, len(calls)) as channel, asyncio.timeout(30):
        told = await asyncio.gather(*[called(channel, kind, key) for kind, key in calls])
    assert told == [{owners[key]} for _, key in calls]


async def test_who_has_no_key_is_served_for_nobody(tmp_path: Path) -> None:
    async with meeting(tmp_path, 1) as channel:
        for kind in ("unary_unary", "unary_stream"):  # a client that streams races the refusal
            with pytest.raises(grpc.aio.AioRpcError) as error:
                await called(channel, kind, "k4")
            assert error.value.code() is grpc.StatusCode.UNAUTHENTICATED
