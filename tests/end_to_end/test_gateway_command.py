"""``dauys serve --gateway`` and ``dauys gateway`` as processes."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

pytestmark = pytest.mark.slow

TOKEN = "a token of some length"
STARTED_WITHIN = 60.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def dauys(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "services.command_line.main", *arguments],
        env=os.environ | environment,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    give_up = time.monotonic() + STARTED_WITHIN
    with httpx2.Client(base_url=address) as http:
        while time.monotonic() < give_up:
            assert process.poll() is None, process.communicate()[1].decode()
            try:
                http.get("/health").raise_for_status()
            except httpx2.TransportError:
                time.sleep(0.1)  # Another process tells nobody when it listens.
                continue
            return
    pytest.fail("it did not listen in time")


def test_services_and_pages_in_one_process(tmp_path: Path) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    root = str(tmp_path)
    serve = ("serve", "--port", "0", "--gateway", str(port))
    with dauys(*serve, DAUYS_OUTPUTS_ROOT=root) as process:
        wait_for(address, process)
        with httpx2.Client(base_url=address, timeout=60) as http:
            assert http.get("/v1/sessions").json() == {"sessions": []}
            assert "<html" in http.get("/").text
            # The pages know the folder of the services beside them.
            headers = {"X-CSRF-Token": http.get("/v1/me").json()["csrf"]}
            wanted = {"languages": ["kk"], "outputs": [{"kind": "hls"}]}
            (output,) = http.post("/v1/sessions", json=wanted, headers=headers).json()["outputs"]
            assert output["url"].startswith("/outputs/")
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_pages_of_services_elsewhere() -> None:
    services, port = free_port(), free_port()
    address = f"http://127.0.0.1:{port}"
    server = f"127.0.0.1:{services}"
    with (
        dauys("serve", "--port", str(services)),
        dauys(
            *("gateway", "--server", server, "--port", str(port)), DAUYS_GATEWAY_TOKEN=TOKEN
        ) as process,
    ):
        wait_for(address, process)
        headers = {"Authorization": f"Bearer {TOKEN}"}
        with httpx2.Client(base_url=address, timeout=60) as http:
            assert http.get("/v1/sessions").status_code == 401
            # The gateway may be there before the services: it waits for them.
            give_up = time.monotonic() + STARTED_WITHIN
            while time.monotonic() < give_up:
                answer = http.get("/v1/sessions", headers=headers)
                if answer.status_code != 503:
                    break
            assert answer.json() == {"sessions": []}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "0.0.0.0"], "DAUYS_GATEWAY_TOKEN"),
        (["--port", "70000"], "gateway.port"),
    ],
)
def test_what_is_refused_is_said_in_a_line(arguments: list[str], said: str) -> None:
    with dauys("gateway", *arguments) as process:
        _, errors = process.communicate(timeout=60)
        assert process.returncode in (1, 2)
        (line,) = [text for text in errors.decode().splitlines() if text.startswith("dauys:")]
        assert said in line
