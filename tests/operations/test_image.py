"""The image without a container runtime: its build steps replayed in folders of their own, then run as in it."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.live.telegram.bot_api import BotApi, answers_in, person
from tests.operations.both import Lotse, until
from tests.operations.conftest import free_port
from tests.operations.test_container import DOCKERFILE, instructions

pytestmark = pytest.mark.chaos
PLACES = ("/build", "/opt/lotse", "/knowledge", "/state")
USER = 10001


@dataclass(frozen=True, slots=True)
class Image:
    """What the Dockerfile makes, below ``root`` instead of ``/``."""

    root: Path

    def inside(self, text: str) -> str:
        """Return ``text`` with the places of the image moved below ``root``."""
        for place in PLACES:
            text = re.sub(rf"(?<![\w/.]){re.escape(place)}(?![\w-])", str(self.root) + place, text)
        return text

    @property
    def environment(self) -> dict[str, str]:
        """The settings of the last stage, and no others; the port is another one."""
        given = {"PATH": os.environ["PATH"]}
        for step in instructions(DOCKERFILE):
            if step.stage == 1 and step.word == "ENV":
                given |= dict(part.split("=", 1) for part in self.inside(step.rest).split())
        given["PATH"] = given["PATH"].replace("$PATH", os.environ["PATH"])
        return given | {"LOTSE_HTTP_LISTEN": f"127.0.0.1:{free_port()}"}

    def lotse(self, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the program as the user of the image."""
        command = [str(self.root / "opt/lotse/bin/lotse"), *arguments]
        return subprocess.run(
            command,
            env=environment,
            cwd="/",
            user=user(),
            group=user(),
            capture_output=True,
            text=True,
            check=False,
        )


@cache
def user() -> int | None:
    """Return the user of the image, with whom only /state can be written, where this one may become another."""
    if os.getuid():
        return None
    # The interpreter may lie where only this user gets in.
    tried = subprocess.run(["sh", "-c", f"exec {sys.executable} -c ''"], user=USER, group=USER, check=False)
    return None if tried.returncode else USER


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """Every step of the build stage as it is written, and the copies of the last stage."""
    with tempfile.TemporaryDirectory(prefix="lotse-image-") as folder:
        Path(folder).chmod(0o755)
        made = Image(Path(folder))
        build = made.root / "build"
        build.mkdir()
        for step in instructions(DOCKERFILE):
            if step.stage == 0 and step.word == "COPY":
                copy(step.rest.split(), build)
            elif step.stage == 0 and step.word == "RUN":
                # The interpreter of the base image is the one that runs the tests.
                command = made.inside(step.rest).replace("python -m venv", f"{sys.executable} -m venv")
                subprocess.run(["sh", "-ec", command], cwd=build, check=True, capture_output=True)
        shutil.copytree(build / "knowledge", made.root / "knowledge")
        shutil.rmtree(build)
        state = made.root / "state"
        state.mkdir(mode=0o700)
        if user():
            os.chown(state, USER, USER)
        yield made


def copy(words: list[str], build: Path) -> None:
    """Do a COPY from the folder of the project."""
    *sources, target = words
    for source in sources:
        if (ROOT / source).is_dir():
            excluded = shutil.ignore_patterns("__pycache__", ".learned")
            shutil.copytree(ROOT / source, build / target, ignore=excluded)
        else:
            shutil.copy(ROOT / source, build / target)


@asynccontextmanager
async def started(
    image: Image, api: BotApi, log: Path, **more: str
) -> AsyncIterator[tuple[Lotse, dict[str, str]]]:
    """Run what ENTRYPOINT and CMD say."""
    environment = (
        image.environment | {"LOTSE_TELEGRAM_TOKEN": api.token, "LOTSE_TELEGRAM_BASE_URL": api.url} | more
    )
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *(str(image.root / "opt/lotse/bin/lotse"), "run"),
            cwd="/",
            env=environment,
            stdout=output,
            stderr=output,
            user=user(),
            group=user(),
        )
    program = Lotse(process, log, environment["LOTSE_HTTP_LISTEN"])
    try:
        yield program, environment
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def test_image_answers_is_healthy_and_stops_and_its_content_can_be_mounted_over(
    image: Image, tmp_path: Path, small_content: Path
) -> None:
    health: Callable[[dict[str, str]], int] = lambda given: image.lotse(given, "health").returncode  # noqa: E731

    async def scenario() -> None:
        async with BotApi() as api:
            who = person(api)
            async with started(image, api, tmp_path / "log") as (program, environment):
                who.says("Telefon ZASTEX")
                await until(lambda: len(answers_in(api, who.private())) == 1)
                assert "855-2223" in str(answers_in(api, who.private()))
                # Learned while the image was built: nothing was learned or written now.
                assert not (image.root / "state" / "learned").exists()
                assert await asyncio.to_thread(health, environment) == 0
                shipped = (await program.get("/readyz"))[1]
                assert await program.end(signal.SIGTERM) == 0
                assert await asyncio.to_thread(health, environment) == 1
                assert program.output.splitlines()[-1].endswith("ended")
            mounted = image.root / "knowledge"
            mounted.rename(image.root / "shipped")
            ignored = shutil.ignore_patterns(".learned")
            shutil.copytree(small_content, mounted, ignore=ignored)
            (mounted / "off.yaml").write_text('bot: "Heute geschlossen."\ntopics: {}\naspects: {}\n')
            async with started(image, api, tmp_path / "log2") as (program, environment):
                who.says("Telefon ZASTEX")
                await until(lambda: len(answers_in(api, who.private())) == 2)
                assert "Heute geschlossen" in str(answers_in(api, who.private())[-1])
                assert (await program.get("/readyz"))[1] != shipped
                assert (image.root / "state" / "learned").exists()
                assert await program.end(signal.SIGTERM) == 0

    asyncio.run(asyncio.wait_for(scenario(), 240))
