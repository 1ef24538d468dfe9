"""The balancer of the example in ``compose.yaml``, a real Caddy: processes end, hang and come back behind it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.live.telegram.bot_api import BotApi, Person
from tests.live.telegram.test_telegram_kill import OFFERS, told
from tests.operations.balancer import Herd
from tests.operations.conftest import free_port
from tests.operations.redis_server import RedisServer, redis_server
from tests.operations.test_scaling import example
from tests.operations.test_several_processes import crowd, doubled, run

__all__ = ["redis_server"]

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed"),
]


@dataclass
class Caddy:
    """Caddy with the configuration of the example; only names and ports are others."""

    ports: list[int]
    folder: Path
    port: int = field(default_factory=free_port)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """Serve while the block runs."""
        text: str = example()[2]["configs"]["balancer"]["content"]
        for number, port in enumerate(self.ports, 1):
            text = text.replace(f"lotse-lotse-{number}:8080", f"127.0.0.1:{port}")
        file = self.folder / "Caddyfile"
        file.write_text("{\n\tadmin off\n}\n" + text.replace("lotse.example.org", f":{self.port}"))
        home = {"HOME": str(self.folder), "PATH": os.environ["PATH"]}
        with (self.folder / "caddy.log").open("wb") as log:
            process = await asyncio.create_subprocess_exec(
                *("caddy", "run", "--config", str(file)), env=home, stdout=log, stderr=log
            )
        try:
            yield
        finally:
            process.terminate()
            await process.wait()


def test_processes_end_hang_and_come_back_behind_the_balancer(
    tmp_path: Path, small_content: Path, redis_server: RedisServer
) -> None:
    """Everybody is answered in order and once."""

    async def scenario() -> None:
        async with BotApi(delay=0.03) as api:
            people = crowd(api, 24)
            herd = Herd(api, tmp_path, small_content, redis_server.url)
            herd.balancer = Caddy(herd.ports, tmp_path)

            async def ask(offer: str) -> None:
                for someone in people:
                    someone.says(f"/kontakt {offer}")
                await api.until(lambda: all(is_told(someone, offer) for someone in people), 60)

            async with herd.serving():
                await ask(OFFERS[0])
                assert herd.log.read_bytes().count(b"turn: turn") == len(people)
                await herd.kill(0)
                await ask(OFFERS[1])
                herd.processes[1].send_signal(signal.SIGTERM)
                assert await herd.processes[1].wait() == 0
                await ask(OFFERS[2])
                await herd.start(0)
                await herd.start(1)
                await api.until(lambda: len(api.called("setWebhook")) == 5, 60)
                herd.processes[2].send_signal(signal.SIGSTOP)
                await ask(OFFERS[3])
                await api.until(lambda: not api.world.updates, 60)
                asked = {someone.id: list(OFFERS[:4]) for someone in people}
                assert doubled(api, asked, people) <= 1

    def is_told(someone: Person, offer: str) -> bool:
        return offer in told(someone.api, someone)

    run(scenario(), 240)
