"""Who may do what."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.requests import HTTPConnection

from foundation.errors import FailedPrecondition, InvalidArgument
from services.gateway.access import COOKIE, CSRF_HEADER, Access, Role
from services.gateway.settings import GatewaySettings

TOKEN = "a token of some length"


def connection(query: str = "", host: str = "news.kz", **headers: str) -> HTTPConnection:
    given = {"host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
    return HTTPConnection(
        {
            "type": "http",
            "query_string": query.encode(),
            "path": "/",
            "headers": [(k.encode("latin-1"), v.encode("latin-1")) for k, v in given.items()],
        }
    )


def test_the_token_gives_a_cookie_that_makes_an_operator() -> None:
    access = Access(TOKEN)
    assert access.role(connection()) is Role.NOBODY
    assert access.login("another token, as long") is None
    cookie = access.login(TOKEN)
    assert cookie is not None
    assert access.role(connection(cookie=f"{COOKIE}={cookie}")) is Role.OPERATOR
    assert access.role(connection(authorization=f"Bearer {TOKEN}")) is Role.OPERATOR
    forged = cookie.replace(cookie[:4], "9999", 1)
    assert access.role(connection(cookie=f"{COOKIE}={forged}")) is Role.NOBODY
    assert (
        Access("yet another token of length").role(connection(cookie=f"{COOKIE}={cookie}"))
        is Role.NOBODY
    )


def test_a_login_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    access = Access(TOKEN)
    cookie = access.login(TOKEN)
    monkeypatch.setattr("services.gateway.access.time.time", lambda: 4e9)
    assert access.role(connection(cookie=f"{COOKIE}={cookie}")) is Role.NOBODY


def test_a_link_opens_one_session_for_reading() -> None:
    access = Access(TOKEN)
    link = f"token={access.viewer_token('one')}"
    assert access.role(connection(link), "one") is Role.VIEWER
    assert access.role(connection(link), "another") is Role.NOBODY
    assert access.role(connection(link)) is Role.NOBODY
    assert not access.may_write(connection(link))


def test_a_write_needs_the_page_of_this_gateway() -> None:
    access = Access(TOKEN)
    cookie = f"{COOKIE}={access.login(TOKEN)}"
    csrf = access.csrf_token(connection(cookie=cookie))
    own: dict[str, Any] = {CSRF_HEADER: csrf, "cookie": cookie}
    assert access.may_write(connection(origin="https://news.kz", **own))
    assert access.may_write(connection(**own))
    assert not access.may_write(connection(origin="https://evil.kz", **own))
    assert not access.may_write(connection(origin="http://[", **own))
    assert not access.may_write(connection(cookie=cookie, origin="https://news.kz"))
    other = Access(TOKEN).login(TOKEN)
    assert not access.may_write(connection(cookie=f"{COOKIE}={other}", **{CSRF_HEADER: csrf}))
    assert access.may_write(connection(authorization=f"Bearer {TOKEN}"))


def test_without_a_token_only_names_of_this_machine_are_answered() -> None:
    access = Access("")
    for host in ("localhost:8080", "127.0.0.1:8080", "[::1]:8080"):
        assert access.host_allowed(connection(host=host))
    for host in ("rebound.evil.kz", "192.168.1.7:8080", "", "[", "[::1", "]["):
        assert not access.host_allowed(connection(host=host))
    assert Access(TOKEN).host_allowed(connection(host="subtitles.news.kz"))
    assert access.login("") is None


def test_letters_that_no_token_has_are_refused_and_break_nothing() -> None:
    access = Access(TOKEN)
    assert access.login("құпия сөз ұзын болсын") is None
    assert access.role(connection("token=%D2%9B"), "one") is Role.NOBODY
    assert access.role(connection(cookie=f"{COOKIE}=1.\xe9.\xe9")) is Role.NOBODY
    assert access.role(connection(authorization="Bearer \xe9")) is Role.NOBODY
    signed_in = f"{COOKIE}={access.login(TOKEN)}"
    assert not access.may_write(connection(cookie=signed_in, **{CSRF_HEADER: "\xe9"}))


def test_guessing_is_slowed() -> None:
    access = Access(TOKEN)
    for _ in range(10):
        access.login("wrong", "10.0.0.1")
    assert access.throttled("10.0.0.1")
    assert access.login(TOKEN, "10.0.0.1") is None
    assert access.login(TOKEN, "10.0.0.2") is not None


def test_off_loopback_a_token_and_tls_are_needed() -> None:
    GatewaySettings(host="127.0.0.1").check()
    with pytest.raises(FailedPrecondition, match="DAUYS_GATEWAY_TOKEN"):
        GatewaySettings(host="0.0.0.0", insecure=True).check()
    with pytest.raises(FailedPrecondition, match="TLS"):
        GatewaySettings(host="0.0.0.0", token=TOKEN).check()
    GatewaySettings(host="0.0.0.0", token=TOKEN, insecure=True).check()
    with pytest.raises(InvalidArgument, match="at least 16"):
        GatewaySettings(token="short").check()
    with pytest.raises(InvalidArgument, match="go together"):
        GatewaySettings(tls_certificate="x.pem").check()


def test_no_key_is_in_the_settings_repr() -> None:
    settings = GatewaySettings(token="secret-of-operators", server_api_key="secret-of-services")
    assert "secret" not in repr(settings)
