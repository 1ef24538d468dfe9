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
from tests.content import ZASTEX_NUMBER
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

    def command(self, *arguments: str) -> list[str]:
        """Return the command that runs something as in a container of the image."""
        if not can_confine():
            return list(arguments)
        base = Path(sys.base_prefix).resolve()
        closed = [folder for folder in reversed(base.parents) if not folder.stat().st_mode & 0o001]
        settings = [str(self.root / "state"), str(base), str(closed[0]) if closed else ""]
        return [*_NAMESPACE, "sh", "-ec", _CONFINED, "sh", *settings, *arguments]

    def lotse(self, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run a command of the program."""
        return self.run(environment, str(self.root / "opt/lotse/bin/lotse"), *arguments)

    def run(self, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run something as in a container of the image."""
        command = self.command(*arguments)
        return subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)


_NAMESPACE = ["unshare", "--mount", "--propagation", "private"]
_CONFINED = f"""
mount --bind "$1" "$1"
if test "$3"; then  # the interpreter, which all may read in the base image, lies where only this user gets in
    mount --bind "$2" /mnt
    mount -t tmpfs -o mode=755 tmpfs "$3"
    mkdir -p "$2"
    mount --bind /mnt "$2"
fi
mount -o remount,bind,ro /
shift 3
exec setpriv --reuid {USER} --regid {USER} --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all "$@"
"""
"""A read-only root in which nothing but the state can be written, and the user of the image without rights."""


@cache
def can_confine() -> bool:
    """Return whether this machine lets us take rights away as a container does."""
    command = [*_NAMESPACE, "sh", "-ec", "mount -o remount,bind,ro / && setpriv --bounding-set=-all true"]
    return subprocess.run(command, check=False, capture_output=True).returncode == 0


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
        if can_confine():
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
            *image.command(str(image.root / "opt/lotse/bin/lotse"), "run"),
            cwd="/",
            env=environment,
            stdout=output,
            stderr=output,
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
                assert ZASTEX_NUMBER in str(answers_in(api, who.private()))
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


def test_the_image_comes_compiled(image: Image) -> None:
    """Nothing can be compiled later: each start, and each check of health, would do it anew."""
    code = (
        "import sys, pathlib, importlib.util as u, bot.__main__, bot.command_line.serving, bot.command_line.health, "
        "adapters.telegram.channel, adapters.matrix.channel\n"
        "files = [m.__file__ for m in list(sys.modules.values()) if getattr(m, '__file__', None)]\n"
        "own = [f for f in files if f.startswith(sys.prefix) and f.endswith('.py')]\n"
        "assert len(own) > 300, len(own)\n"
        "print(*[f for f in own if not pathlib.Path(u.cache_from_source(f)).exists()])"
    )
    done = image.run(image.environment, str(image.root / "opt/lotse/bin/python"), "-c", code)
    assert (done.stdout.strip(), done.stderr) == ("", "")


def test_nothing_but_the_state_can_be_written_in_the_image(image: Image) -> None:
    """What the other test runs in is what it should be."""
    if not can_confine():
        pytest.skip("needs the right to make namespaces")
    places = [image.root / "state", image.root / "knowledge", image.root / "opt/lotse", Path("/tmp")]
    script = 'id -u; for place; do touch "$place/x" 2>/dev/null && echo "$place"; done; true'
    said = image.run(image.environment, "sh", "-c", script, "sh", *map(str, places))
    assert said.stdout.split() == [str(USER), str(places[0])], said.stderr
    (places[0] / "x").unlink()
