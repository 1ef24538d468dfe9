"""Both platforms at once under an operator's bad days: outage, full disk, revoked login, kill; no trace of anybody."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.live.matrix.people import Encrypted
from tests.live.matrix.synapse import Synapse
from tests.live.telegram.bot_api import BotApi, Fault, Person, answers_in, person
from tests.operations.both import (
    CANARY,
    CHAOS_WITH_SYNAPSE,
    PASSWORD,
    ZASTEX,
    Lotse,
    Room,
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
from tests.operations.conftest import free_port

__all__ = ["synapse"]

pytestmark = CHAOS_WITH_SYNAPSE


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
                await program.logged("polling failed")
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
