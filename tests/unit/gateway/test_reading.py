"""What a request's JSON may hold."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from services.gateway.errors import Refused
from services.gateway.reading import Body


async def body_of(data: bytes) -> Body:
    async def receive() -> dict[str, object]:
        return {"type": "http.request", "body": data, "more_body": False}

    headers = [(b"content-type", b"application/json")]
    return await Body.of(Request({"type": "http", "headers": headers}, receive))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[" * 200_000,
        b'{"text": ' + b"[" * 200_000,
        b'{"text": "' + b"\xff\xfe" + b'"}',
        b'{"rate": ' + b"9" * 10_000 + b"}",
        b"[1]",
    ],
    ids=["empty", "deep", "deep-inside", "no-utf8", "10000-digits", "no-object"],
)
async def test_what_is_no_json_object_is_refused(data: bytes) -> None:
    with pytest.raises(Refused) as refused:
        await body_of(data)
    assert refused.value.status == 400


async def test_halves_of_surrogate_pairs_are_refused_by_their_field() -> None:
    body = await body_of(rb'{"text": "a \ud800 b", "names": ["\udfff"], "pair": "\ud83d\ude00"}')
    for field, read in (("text", body.text), ("names", body.texts)):
        with pytest.raises(Refused) as refused:
            read(field, 100)
        assert (refused.value.status, refused.value.field) == (400, field)
    assert body.text("pair", 2) == "\N{GRINNING FACE}"
