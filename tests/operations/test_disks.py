"""Disks on bad days, both platforms at once: full, and read-only after an error; nothing is lost or doubled."""

from __future__ import annotations

import asyncio
import shutil
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.live.matrix.synapse import Synapse
from tests.live.telegram.bot_api import person
from tests.operations.both import (
    CHAOS_WITH_SYNAPSE,
    ZASTEX,
    answers,
    lotse,
    platforms,
    room_of,
    run,
    running,
    secretive,
    synapse,
    until,
)

__all__ = ["synapse"]

pytestmark = CHAOS_WITH_SYNAPSE


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A state folder on a file system of 4 MB."""
    folder = tmp_path / "state"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@asynccontextmanager
async def filled(folder: Path) -> AsyncIterator[None]:
    """Leave no room while the block runs, not even what the program gives back when a channel ends."""

    async def fill() -> None:
        with (folder / "filler").open("ab", buffering=0) as file:
            while True:
                try:
                    file.write(b"x" * 512)
                except OSError:
                    await asyncio.sleep(0.01)

    filling = asyncio.create_task(fill())
    try:
        await until(lambda: not shutil.disk_usage(folder).free)
        yield
    finally:
        filling.cancel()
        (folder / "filler").unlink()


def test_a_full_disk_stops_the_channels_until_there_is_room_and_loses_nothing(
    tmp_path: Path, small_content: Path, small_disk: Path, synapse: Synapse
) -> None:
    """Questions in plain and encrypted rooms and in Telegram; also a start on the full disk."""

    async def scenario() -> None:
        async with (
            platforms(tmp_path, synapse) as on,
            secretive(on, tmp_path) as secret,
            AsyncExitStack() as disk,
        ):
            environment = on.environment(tmp_path, small_content)
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                who, room = person(on.api), await room_of(on)
                place = await secret.room(on.user)
                await secret.send(place, ZASTEX)
                await secret.wait_notices(place, 1)
                await disk.enter_async_context(filled(small_disk))
                for _ in range(3):
                    who.says(ZASTEX)
                    await room.says(ZASTEX)
                    await secret.send(place, ZASTEX)
                await program.logged("channel broke, starting it again channel=telegram", 2)
                await program.logged("channel broke, starting it again channel=matrix", 2)
                assert (await program.get("/healthz"))[0] == 200
                assert "only 0 MB are free" in (await lotse(environment, "doctor")).stdout
                await program.end(signal.SIGKILL)
            async with running(environment, tmp_path / "log") as program:
                await program.logged("channel broke, starting it again channel=matrix", 2)
                await disk.aclose()
                await until(lambda: answers(who) == 3)
                await room.wait(3)
                await secret.wait_notices(place, 4)
                await program.ready()
                assert await program.end() == 0
                assert "Traceback" not in program.output
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                assert await program.end() == 0
            assert (answers(who), await room.answered(), len(secret.notices(place))) == (3, 3, 4)
            assert secret.unreadable == 0

    run(scenario())


@dataclass(frozen=True, slots=True)
class FragileDisk:
    """A state folder on an ext4 of its own, which becomes read-only at the first error, as most are set up."""

    image: Path
    folder: Path

    def mount(self) -> bool:
        options = ["-o", "loop,errors=remount-ro"]
        return _worked("mount", *options, str(self.image), str(self.folder))

    def fail(self) -> None:
        """Meet an error: the journal ends, and what is not on the disk by now is lost, as in a power cut."""
        device = Path(_said("findmnt", "--noheadings", "--output", "SOURCE", str(self.folder))).name
        Path(f"/sys/fs/ext4/{device}/trigger_fs_error").write_text("a test")

    def mend(self) -> None:
        """Do what an operator does."""
        _said("umount", str(self.folder))
        _worked("fsck.ext4", "-p", str(self.image))
        assert self.mount()


def _worked(*command: str) -> bool:
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def _said(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture
def fragile_disk(tmp_path: Path) -> Iterator[FragileDisk]:
    disk = FragileDisk(tmp_path / "disk", tmp_path / "state")
    disk.folder.mkdir()
    with disk.image.open("wb") as file:
        file.truncate(32 << 20)
    if not shutil.which("mkfs.ext4") or not _worked("mkfs.ext4", "-q", str(disk.image)) or not disk.mount():
        pytest.skip("needs ext4 and the right to mount it")
    yield disk
    _worked("umount", "--lazy", str(disk.folder))


def test_a_disk_that_becomes_read_only_ends_the_program_and_loses_nothing(
    tmp_path: Path, small_content: Path, fragile_disk: FragileDisk, synapse: Synapse
) -> None:
    """One line with the mend and status 2, also at a start before the mend; seconds after the very first start."""

    async def scenario() -> None:
        async with platforms(tmp_path, synapse) as on, secretive(on, tmp_path) as secret:
            environment = on.environment(tmp_path, small_content)
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                who, room = person(on.api), await room_of(on)
                place = await secret.room(on.user)
                fragile_disk.fail()
                who.says(ZASTEX)
                await room.says(ZASTEX)
                await secret.send(place, ZASTEX)
                assert await program.ended() == 2
                last = program.output.splitlines()[-1]
                assert "LOTSE_STATE_DIR: cannot use" in last
                assert "(Read-only file system); the file system is read-only: look for errors" in last
                assert "Traceback" not in program.output
            assert "BAD  LOTSE_STATE_DIR: cannot use" in (await lotse(environment, "doctor")).stdout
            async with running(environment, tmp_path / "log") as program:
                assert await program.ended() == 2
            fragile_disk.mend()
            async with running(environment, tmp_path / "log") as program:
                await until(lambda: answers(who) == 1)
                await room.wait(1)
                await secret.wait_notices(place, 1)
                await program.ready()
                assert await program.end() == 0
            assert (answers(who), await room.answered(), len(secret.notices(place))) == (1, 1, 1)
            assert secret.unreadable == 0

    run(scenario())
