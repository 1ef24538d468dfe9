"""Both platforms at once under an operator's bad days: outage, full disk, revoked login, kill; no trace of anybody."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT
from tests.live.matrix.people import Encrypted
from tests.live.matrix.people import Person as MatrixPerson
from tests.live.matrix.synapse import Synapse, python_of_synapse
from tests.live.telegram.bot_api import BotApi, Fault, Person, answers_in, person
from tests.operations.both import PASSWORD, Lotse, Platforms, platforms, running, until
from tests.operations.conftest import free_port

pytestmark = [
    pytest.mark.chaos,
    pytest.mark.skipif(not python_of_synapse(), reason="matrix-synapse is not installed"),
]
CANARY = "Kanarienvogel Zwitscherstadt 0351 4711123"
ZASTEX = f"Telefon ZASTEX {CANARY}"


@pytest.fixture(scope="module")
def synapse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Synapse]:
    server = Synapse(tmp_path_factory.mktemp("synapse"))
    server.start()
    yield server
    server.stop()


def run(scenario: Coroutine[Any, Any, None], seconds: float = 180.0) -> None:
    asyncio.run(asyncio.wait_for(scenario, seconds))


def answers(who: Person) -> int:
    return len(answers_in(who.api, who.private()))


class Room:
    """Somebody in a plain Matrix room with the bot."""

    def __init__(self, on: Platforms, name: str = "") -> None:
        self.on = on
        self.name = name or f"anna{free_port()}"
        on.synapse.register(self.name)
        self.who = MatrixPerson(on.synapse, self.name)
        self.room = self.who.room(on.user)
        self.who.wait_joined(self.room, on.user)

    async def says(self, text: str) -> None:
        await asyncio.to_thread(self.who.send, self.room, text)

    async def answered(self) -> int:
        return len(await asyncio.to_thread(self.who.notices, self.room, self.on.user))

    async def wait(self, count: int, seconds: float = 90.0) -> None:
        await asyncio.to_thread(self.who.wait_notices, self.room, self.on.user, count, seconds)


async def room_of(on: Platforms, name: str = "") -> Room:
    return await asyncio.to_thread(Room, on, name)


@asynccontextmanager
async def secretive(on: Platforms, folder: Path, name: str = "") -> AsyncIterator[Encrypted]:
    """Somebody who uses encrypted rooms."""
    name = name or f"emil{free_port()}"
    await asyncio.to_thread(on.synapse.register, name)
    async with Encrypted(on.synapse, name, folder / "people" / name) as somebody:
        yield somebody


async def lotse(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bot", *arguments]
    return await asyncio.to_thread(
        subprocess.run, command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )


def test_ready_at_once_and_both_servers_may_go_and_come_back(tmp_path: Path, small_content: Path) -> None:
    async def scenario() -> None:
        async with platforms(tmp_path) as on:
            environment = on.environment(tmp_path, small_content)
            async with running(environment, tmp_path / "log") as program:
                await program.ready(20)  # sooner than a long poll ends
                who, room = person(on.api), await room_of(on)
                who.says(ZASTEX)
                await room.says(ZASTEX)
                await until(lambda: answers(who) == 1)
                await room.wait(1)
                on.synapse.kill()
                await on.api.__aexit__(None, None, None)
                await program.logged("the server does not answer", 2)
                await program.logged("polling failed", 2)
                assert (await program.get("/healthz"))[0] == 200
                assert (await program.get("/readyz"))[0] == 503
                await asyncio.to_thread(on.synapse.start)
                who.says(ZASTEX)
                async with BotApi(port=int(on.api.url.rpartition(":")[2])) as back:
                    back.world, who.api = on.api.world, back
                    await room.says(ZASTEX)
                    await until(lambda: answers(who) == 2)
                    await room.wait(2)
                    await program.ready()
                    assert await program.end() == 0
                assert "Traceback" not in program.output
                assert "broke" not in program.output
                await on.api.__aenter__()

    run(scenario())


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


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 512)
    except OSError:
        return filler


def test_a_full_disk_stops_the_channels_until_there_is_room_and_loses_nothing(
    tmp_path: Path, small_content: Path, small_disk: Path, synapse: Synapse
) -> None:
    """Questions in plain and encrypted rooms and in Telegram; also a start on the full disk."""

    async def scenario() -> None:
        async with platforms(tmp_path, synapse) as on, secretive(on, tmp_path) as secret:
            environment = on.environment(tmp_path, small_content)
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                who, room = person(on.api), await room_of(on)
                place = await secret.room(on.user)
                await secret.send(place, ZASTEX)
                await secret.wait_notices(place, 1)
                filler = fill(small_disk)
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
                filler.unlink()
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


def test_a_revoked_login_ends_with_one_line_and_the_other_channel_goes_on_if_told_to(
    tmp_path: Path, small_content: Path, synapse: Synapse
) -> None:
    async def scenario() -> None:
        async with platforms(tmp_path, synapse) as on:
            environment = on.environment(tmp_path, small_content) | {"LOTSE_KEEP_GOING": "on"}
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                session = json.loads((tmp_path / "state" / "matrix" / "session.json").read_text())
                on.synapse.request("POST", "/_matrix/client/v3/logout", {}, session["token"])
                line = await program.logged("channel given up, the others go on channel=matrix")
                assert "LOTSE_MATRIX_PASSWORD" in line
                who = person(on.api)
                who.says(ZASTEX)
                await until(lambda: answers(who) == 1)
                assert '"matrix": {"state": "refused"' in (await program.get("/readyz"))[1]
                on.api.revoked = True
                who.says(ZASTEX)  # ends the long poll that is under way
                assert await program.ended(90) == 2
                assert "Traceback" not in program.output
                on.api.revoked = False
            async with running(environment, tmp_path / "log") as program:
                await program.ready()
                await until(lambda: answers(who) == 2)
                assert await program.end() == 0

    run(scenario())


# --- no trace ----------------------------------------------------------------------

NAME = "Kanarella"
NUMBER = 700333111
TEXTS = (
    "Telefon ZASTEX",
    "Er hat ein Messer und steht vor der Tür",
    "Bedrohung oder Beleidigung oder Hetze",
    "Wie wird das Wetter auf Gran Canaria",
    "/hilfe",
)


def plant(api: BotApi) -> None:
    """Disturb the next calls, with descriptions that quote what was said."""
    quoting = f"Bad Request: can't parse entities in {CANARY} of {NAME} in chat {NUMBER}"
    api.faults += [
        Fault("sendMessage", "html", times=2, code=502),
        Fault("sendMessage", "cut"),
        Fault("sendMessage", "status", code=400, description=quoting),
        Fault("sendMessage", "status", code=429, parameters={"retry_after": 1}),
        Fault("getUpdates", "half"),
    ]


def traces(folder: Path, words: list[str], allowed_in_keys: list[str]) -> list[str]:
    """Return where ``words`` lie in what the program wrote; ids of people may lie in the key store."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        place = path.relative_to(folder)
        is_key_store = place.parts[:3] == ("state", "matrix", "crypto")
        held = str(place).encode() + path.read_bytes()
        found += [
            f"{place}: {word}"
            for word in words
            if word.encode() in held and not (is_key_store and word in allowed_in_keys)
        ]
    return found


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_of_anybody_is_left_after_faults_and_a_kill(
    tmp_path: Path, small_content: Path, synapse: Synapse, form: str
) -> None:
    """Words, names, ids of people and rooms, ids of messages in the log, tokens: everywhere it writes."""
    written = tmp_path / "written"
    written.mkdir()

    async def scenario() -> None:
        name, shy = f"kanarella{free_port()}", f"kanarino{free_port()}"
        async with platforms(tmp_path, synapse) as on, secretive(on, tmp_path, shy) as secret:
            environment = on.environment(written, small_content)
            environment |= {"LOTSE_LOG_LEVEL": "debug", "LOTSE_LOG_FORMAT": form}
            who = person(on.api, NUMBER, NAME)
            group = who.opens_group(CANARY)
            async with running(environment, written / "log") as program:
                await program.ready()
                who.adds_bot(group)
                room = await room_of(on, name)
                profile = f"/profile/{room.who.user}/displayname"
                await asyncio.to_thread(room.who.call, "PUT", profile, {"displayname": NAME})
                await secret.client.set_displayname(NAME)
                place = await secret.room(on.user)
                plant(on.api)
                events = await say_everything(who, room, secret, place)
                who.says(f"/kontakt {CANARY}", group)
                await until(lambda: len(answers_in(on.api, group)) >= 1)
                await program.end(signal.SIGKILL)
            async with running(environment, written / "log") as program:
                await program.ready()
                await until(lambda: answers(who) >= len(TEXTS))
                await room.wait(len(TEXTS))
                await secret.wait_notices(place, len(TEXTS))
                await keep_pages(program, environment, written)
                assert await program.end() == 0
            log = (written / "log").read_text(encoding="utf-8")
            session = json.loads((written / "state" / "matrix" / "session.json").read_text())
            in_key_store = [name, shy, room.room, place]
            words = [*CANARY.split()[:2], "4711123", NAME, str(NUMBER), str(group.id), *in_key_store]
            words += [on.api.token.partition(":")[2], PASSWORD]
            assert traces(written, words, in_key_store) == []
            assert not [word for word in (*events, session["token"], session["pickle_key"]) if word in log]
            # What must be there, so that an empty log does not pass, nor a search that finds nothing:
            assert traces(written, ["channel"], []) != []
            for expected in ("answer", "emergency", "clarify", "refused"):
                assert expected in log

    run(scenario())


async def say_everything(who: Person, room: Room, secret: Encrypted, place: str) -> list[str]:
    """Say every text with the canary words everywhere; return the ids of the events in Matrix."""
    events = []
    for text in TEXTS:
        who.says(f"{text} {CANARY}")
        events.append(await asyncio.to_thread(room.who.send, room.room, f"{text} {CANARY}"))
        events.append(await secret.send(place, f"{text} {CANARY}"))
    return events


async def keep_pages(program: Lotse, environment: dict[str, str], folder: Path) -> None:
    """Write what the program shows on request where it is searched, too."""
    for page in ("healthz", "readyz", "metrics"):
        (folder / page).write_text((await program.get(f"/{page}"))[1], encoding="utf-8")
    for command in ("doctor", "config", "health"):
        done = await lotse(environment, command)
        (folder / command).write_text(done.stdout + done.stderr, encoding="utf-8")
        assert done.returncode == 0, done.stdout + done.stderr
