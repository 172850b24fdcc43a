"""One channel to a server, and unary calls with deadline and retries on it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterator
from typing import Any, Final, TypeVar

import grpc
import grpc.aio
from dauys.client._calls import Page, UnaryCall
from dauys.client._exceptions import DauysClientError, from_rpc_error
from dauys.client._options import RetryPolicy, Timeout, Tls
from dauys.v1 import (
    image_generation_pb2_grpc,
    models_pb2_grpc,
    speech_to_text_pb2_grpc,
    subtitling_pb2_grpc,
    text_to_speech_pb2_grpc,
    translation_pb2_grpc,
)

T = TypeVar("T")

_OPTIONS: Final = [
    ("grpc.max_send_message_length", 64 * 2**20),
    ("grpc.max_receive_message_length", 64 * 2**20),
    ("grpc.keepalive_time_ms", 20_000),
]

_ACCEPTED_WITHIN: Final = 2.0
"""Seconds."""


class Transport:
    """Stubs of all services on one channel."""

    def __init__(
        self,
        target: str,
        api_key: str | None,
        tls: Tls | None,
        timeout: Timeout,
        retry: RetryPolicy,
    ) -> None:
        if tls is None:
            self._channel = grpc.aio.insecure_channel(target, options=_OPTIONS)
        else:
            credentials = grpc.ssl_channel_credentials(
                tls.root_certificates, tls.private_key, tls.certificate_chain
            )
            self._channel = grpc.aio.secure_channel(target, credentials, options=_OPTIONS)
        self.metadata = (("authorization", f"Bearer {api_key}"),) if api_key else ()
        self.timeout = timeout
        self.retry = retry
        self._stubs: dict[str, Any] = {
            "SpeechToText": speech_to_text_pb2_grpc.SpeechToTextStub(self._channel),
            "Subtitling": subtitling_pb2_grpc.SubtitlingStub(self._channel),
            "TextToSpeech": text_to_speech_pb2_grpc.TextToSpeechStub(self._channel),
            "Translation": translation_pb2_grpc.TranslationStub(self._channel),
            "ImageGeneration": image_generation_pb2_grpc.ImageGenerationStub(self._channel),
            "Models": models_pb2_grpc.ModelsStub(self._channel),
        }

    def method(self, service: str, name: str) -> Any:
        """The callable of an RPC."""
        return getattr(self._stubs[service], name)

    async def unary(self, call: UnaryCall[T]) -> T:
        """Carry a call out; an idempotent one is retried within its deadline."""
        limit = self.timeout.recognize if call.slow else self.timeout.call
        give_up = None if limit is None else time.monotonic() + limit
        method = self.method(call.service, call.method)
        failures = 0
        while True:
            left = None if give_up is None else max(0.001, give_up - time.monotonic())
            try:
                return call.decode(await method(call.request, timeout=left, metadata=self.metadata))
            except grpc.RpcError as rpc_error:
                error = from_rpc_error(rpc_error)
                failures += 1
                delay = self.retry.delay(error, failures) if call.idempotent else None
                if delay is None or (give_up is not None and time.monotonic() + delay >= give_up):
                    raise error from rpc_error
            await asyncio.sleep(delay)

    async def pages(
        self, make: Callable[[int, str], UnaryCall[Page[T]]], page_size: int
    ) -> AsyncIterator[T]:
        """The items of all pages; ``make`` takes a page's size and token."""
        token = ""
        while True:
            items, token = await self.unary(make(page_size, token))
            for item in items:
                yield item
            if not token:
                return

    async def pause_before_retry(self, error: DauysClientError, failures: int) -> None:
        """Wait as the policy says.

        Raises:
            DauysClientError: the given one, where the policy gives up.
        """
        delay = self.retry.delay(error, failures)
        if delay is None:
            raise error
        await asyncio.sleep(delay)

    async def aclose(self) -> None:
        """Close the channel."""
        await self._channel.close()


class Sent(AsyncIterable[T]):
    """What a streaming call sends; keeps what its source raised.

    gRPC tells of a call whose requests failed that it was cancelled, which its caller could not
    tell from a cancellation of its own task.
    """

    def __init__(self, requests: AsyncIterable[T]) -> None:
        self._requests = requests
        self.fault: Exception | None = None

    async def __aiter__(self) -> AsyncIterator[T]:
        try:
            async for request in self._requests:
                yield request
        except Exception as error:
            self.fault = error
            raise


@contextlib.contextmanager
def reading(sent: Sent[Any]) -> Iterator[None]:
    """Read a call's answers; its errors are the SDK's, or what the source of ``sent`` raised."""
    try:
        yield
    except grpc.RpcError as error:
        raise sent.fault or from_rpc_error(error) from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if sent.fault is None or (task is not None and task.cancelling()):
            raise
        raise sent.fault from None


async def accepted(call: Any) -> None:
    """Wait until a stream's configuration was taken or refused, after it was sent.

    A client that writes on while the server refuses the call may see a failed write in the place of
    the server's reason. A server that does not say that it has taken it is waited for 2 s.
    """
    waiting = asyncio.ensure_future(call.initial_metadata())
    await asyncio.wait({waiting}, timeout=_ACCEPTED_WITHIN)
    if waiting.done() and not waiting.cancelled():
        waiting.exception()  # the reader of the call is told
