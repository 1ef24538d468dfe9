"""The API over HTTP: one kind of error, which says what to do and never the token; no library but our own."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from adapters.matrix.api import Api, MatrixError
from bot.errors import ConfigError
from tests.conftest import ROOT
from tests.live.telegram.harness import free_port, run
from tests.peer import peer


def refusal(raw: bytes) -> MatrixError:
    """Return the error for an answer."""

    found: list[MatrixError] = []

    async def scenario() -> None:
        async with peer() as one, Api(f"http://127.0.0.1:{one.port}", "secret-token") as api:
            one.reply = raw
            with pytest.raises(MatrixError) as caught:
                await api.put("/x", {})
            assert b"Authorization: Bearer secret-token" in one.requests[0]
            found.append(caught.value)

    run(scenario())
    return found[0]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (
            b'HTTP/1.1 429 No\r\nContent-Length: 52\r\n\r\n{"errcode":"M_LIMIT_EXCEEDED","retry_after_ms":2500}',
            {"limited": True, "passing": True, "retry_after": 2.5, "code": "M_LIMIT_EXCEEDED"},
        ),
        (
            b"HTTP/1.1 429 No\r\nRetry-After: 9\r\nContent-Length: 4\r\n\r\nwait",
            {"limited": True, "retry_after": 9.0, "code": ""},
        ),
        (
            b'HTTP/1.1 401 No\r\nContent-Length: 29\r\n\r\n{"errcode":"M_UNKNOWN_TOKEN"}',
            {"revoked": True, "passing": False},
        ),
        (
            b"HTTP/1.1 302 Elsewhere\r\nLocation: /\r\nContent-Length: 0\r\n\r\n",
            {"status": 302, "passing": False},
        ),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhtml", {"status": 502, "passing": True}),
        (b"SSH-2.0\r\n", {"status": 0, "passing": True}),
    ],
)
def test_an_error_says_what_to_do(raw: bytes, expected: dict[str, Any]) -> None:
    error = refusal(raw)
    assert {name: getattr(error, name) for name in expected} == expected
    assert "secret" not in repr(error) + str(error)


def test_a_token_that_no_server_gives_is_not_quoted() -> None:
    async def scenario() -> None:
        async with Api("http://127.0.0.1:9", "sécret\n") as api:
            with pytest.raises(MatrixError) as caught:
                await api.get("/x")
            assert "cret" not in repr(caught.value) + str(caught.value)

    run(scenario())


def test_a_server_that_is_not_there_may_come_back() -> None:
    async def scenario() -> None:
        async with Api(f"http://127.0.0.1:{free_port()}") as api:
            with pytest.raises(MatrixError, match="ConnectionRefusedError") as caught:
                await api.get("/x")
            assert caught.value.passing

    run(scenario())


def test_what_is_no_address_is_a_mistake_in_the_settings() -> None:
    async def scenario() -> None:
        with pytest.raises(ConfigError, match="LOTSE_MATRIX_HOMESERVER"):
            async with Api("https://example.org:port"):
                pass

    run(scenario())


def test_the_client_of_the_library_is_not_loaded_and_stays_usable() -> None:
    """It takes 10 MB; who wants it in the same process, as tests do, finds it whole."""
    code = (
        "import sys, adapters.matrix.channel\n"
        "assert not {'aiohttp', 'nio.client'} & set(sys.modules)\n"
        "import nio, adapters.matrix.library\n"
        "from nio import AsyncClient\n"
        "assert nio.crypto.Olm is adapters.matrix.library.Olm\n"
        "assert AsyncClient.__module__ == 'nio.client.async_client'\n"
        "assert not hasattr(nio, 'nothing')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=False)
    assert (done.returncode, done.stderr) == (0, "")
