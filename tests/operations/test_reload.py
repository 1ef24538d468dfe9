"""New content comes into force without a restart if it is sound, and conversations go on."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from adapters import reload
from adapters.base import Core
from adapters.reload import CurrentCore, Reloader, Signature
from bot.reply import Contact, Reply
from tests.content import ZASTEX_NUMBER
from tests.operations.conftest import Program, Start, eventually, received


def edit(program: Program, file: str, old: str, new: str) -> None:
    path = program.knowledge / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    draft = path.with_suffix(".draft")
    draft.write_text(text.replace(old, new), encoding="utf-8")
    draft.replace(path)


def digest(program: Program) -> str:
    return str(json.loads(program.get("/readyz")[1])["content"]["digest"])


def test_a_changed_file_comes_into_force_and_the_conversation_goes_on(start: Start) -> None:
    with start() as program, program.connect() as line:
        line.sendall(b"c was macht die ZASTEX\n")
        assert "ZASTEX" in received(line)
        before = digest(program)
        edit(program, "offers/zastex.yaml", "Die ZASTEX erreichen Sie", "Die ZASTEX sitzt")
        program.logged("new content in force")
        assert digest(program) != before
        # The follow-up is understood only by who remembers what was spoken about.
        line.sendall(b"c und die Telefonnummer?\n")
        said = received(line)
        assert "Die ZASTEX sitzt" in said
        assert ZASTEX_NUMBER in said
        assert 'lotse_content_loads_total{result="loaded"} 2.0' in program.get("/metrics")[1]


def test_a_topic_is_switched_off_while_the_program_runs(start: Start) -> None:
    with start() as program:
        assert ZASTEX_NUMBER in program.ask("Telefon ZASTEX")
        edit(program, "off.yaml", "topics: {}\n", 'topics: {zastex: "Die ZASTEX zieht gerade um."}\n')
        program.logged("new content in force")
        assert program.ask("Telefon ZASTEX").startswith("Die ZASTEX zieht gerade um.")
        assert "switched off in off.yaml what=zastex" in program.output
        edit(program, "off.yaml", '{zastex: "Die ZASTEX zieht gerade um."}', "{}")
        program.logged("nothing is switched off any more")


def test_one_side_that_is_switched_off_is_told_in_the_log_as_one(start: Start) -> None:
    with start() as program:
        edit(program, "off.yaml", "aspects: {}\n", 'aspects: {zastex.contact: ""}\n')
        assert "what=zastex.contact" in program.logged("switched off in off.yaml")


def test_a_mistake_keeps_the_old_content_and_says_so(start: Start) -> None:
    with start() as program:
        before = program.ask("Telefon ZASTEX")
        edit(program, "offers/zastex.yaml", "topic: zastex", "topic: zastex\nwrong_key: x")
        line = program.logged("new content refused, the old one stays")
        assert "offers/zastex.yaml:" in line
        assert "mistakes=" in line
        assert program.ask("Telefon ZASTEX", conversation="e") == before
        assert json.loads(program.get("/readyz")[1])["content"]["newer_refused"] is True
        page = program.get("/metrics")[1]
        assert "lotse_content_refused 1.0" in page
        assert 'lotse_content_loads_total{result="refused"} 1.0' in page
        edit(program, "offers/zastex.yaml", "\nwrong_key: x", "")
        program.logged("content unchanged")
        assert "lotse_content_refused 0.0" in program.get("/metrics")[1]


def keep_nothing(program: Program) -> list[Path]:
    """Put files where what is learned would be kept; return them."""
    shutil.rmtree(program.knowledge / ".learned")
    places = [program.knowledge / ".learned", program.folder / "state" / "learned"]
    for place in places:
        place.write_text("a file in its place")
    return places


def test_content_whose_model_cannot_be_kept_is_refused_but_switches_work(start: Start) -> None:
    """Learning it where questions are answered would take their time and four times the memory."""
    with start() as program:
        assert ZASTEX_NUMBER in program.ask("Telefon ZASTEX")
        *_, own = keep_nothing(program)
        edit(program, "offers/zastex.yaml", "Die ZASTEX erreichen Sie", "Die ZASTEX sitzt")
        line = program.logged("new content refused, the old one stays")
        assert f"cannot be kept in {own}" in line
        assert "content learned" not in program.output
        assert "Die ZASTEX erreichen Sie" in program.ask("Telefon ZASTEX", conversation="e")
        own.unlink()
        program.process.send_signal(signal.SIGHUP)
        program.logged("new content in force")
        assert "Die ZASTEX sitzt" in program.ask("Telefon ZASTEX", conversation="f")


def test_a_topic_is_switched_off_where_nothing_can_be_kept(start: Start) -> None:
    with start() as program:
        program.ask("Telefon ZASTEX")
        program.end(signal.SIGTERM)
        keep_nothing(program)
    with start() as program:
        assert ZASTEX_NUMBER in program.ask("Telefon ZASTEX")
        edit(program, "off.yaml", "topics: {}\n", 'topics: {zastex: "Die ZASTEX zieht gerade um."}\n')
        program.logged("new content in force")
        assert program.ask("Telefon ZASTEX").startswith("Die ZASTEX zieht gerade um.")


def test_sighup_loads_when_watching_is_off(start: Start) -> None:
    with start(LOTSE_RELOAD_EVERY="0") as program:
        program.ask("was macht die ZASTEX")
        edit(program, "offers/zastex.yaml", "Die ZASTEX erreichen Sie", "Die ZASTEX sitzt")
        assert "Die ZASTEX erreichen Sie" in program.ask("Telefon ZASTEX")
        program.process.send_signal(signal.SIGHUP)
        program.logged("new content in force")
        assert "Die ZASTEX sitzt" in program.ask("Telefon ZASTEX", conversation="e")


def test_a_vanished_folder_keeps_the_old_content(start: Start, tmp_path: Path) -> None:
    with start() as program:
        before = program.ask("Telefon ZASTEX")
        program.knowledge.rename(tmp_path / "elsewhere")
        program.logged("new content refused, the old one stays")
        assert program.ask("Telefon ZASTEX", conversation="e") == before
        (tmp_path / "elsewhere").rename(program.knowledge)
        program.logged("content unchanged")


def test_content_is_prepared_by_another_process_before_it_is_built(tmp_path: Path) -> None:
    prepared, order = tmp_path / "prepared", []

    def build() -> tuple[Core, str]:
        order.append(prepared.exists())
        return core, "new"

    async def scenario() -> None:
        command = (sys.executable, "-c", f"open({str(prepared)!r}, 'w')")
        reloader = Reloader(current, build, tmp_path, prepare=command, every=0)
        watching = asyncio.create_task(reloader.run())
        reloader.ask()
        async with asyncio.timeout(30):
            while current.status.digest != "new":
                await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    core = Unspoken()
    current = CurrentCore(Unspoken(), "old")
    asyncio.run(scenario())
    assert order == [True]


def test_learning_that_is_killed_is_not_tried_where_questions_are_answered(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The system takes the process that needs most memory; the second one would be the program itself."""

    def build() -> tuple[Core, str]:
        raise AssertionError

    async def scenario() -> None:
        command = (sys.executable, "-c", "import os; os.kill(os.getpid(), 9)")
        reloader = Reloader(current, build, tmp_path, prepare=command, every=0)
        watching = asyncio.create_task(reloader.run())
        reloader.ask()
        async with asyncio.timeout(30):
            while not current.status.refused:
                await asyncio.sleep(0.01)
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    current = CurrentCore(Unspoken(), "old")
    asyncio.run(scenario())
    (line,) = caplog.records
    assert line.getMessage() == "new content refused, the old one stays"
    assert "signal 9; is there memory" in line.error  # type: ignore[attr-defined]


def watched(folder: Path, scenario: Callable[[CurrentCore, Reloader], Awaitable[None]]) -> None:
    """Run ``scenario`` while a reloader watches ``folder``, whose content is always "new"."""

    async def run() -> None:
        current = CurrentCore(Unspoken(), "old")
        reloader = Reloader(current, lambda: (Unspoken(), "new"), folder, every=0.01)
        watching = asyncio.create_task(reloader.run())
        async with asyncio.timeout(30):
            await scenario(current, reloader)
        assert not watching.done()
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)

    asyncio.run(run())


async def in_force(current: CurrentCore) -> None:
    while current.status.digest != "new":
        await asyncio.sleep(0.01)


def test_folders_that_come_and_go_do_not_end_the_watch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As "git pull" makes them do, between the listing of a folder and the look into it."""
    (tmp_path / "old").mkdir()
    scandir = os.scandir

    def gone(place: str) -> object:
        if Path(place).name == "old":
            raise FileNotFoundError(2, "gone", str(place))
        return scandir(place)

    async def scenario(current: CurrentCore, reloader: Reloader) -> None:
        reloader.ask()
        await in_force(current)

    monkeypatch.setattr(os, "scandir", gone)
    watched(tmp_path, scenario)


def test_a_look_that_fails_is_told_and_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    looks = 0

    def signature(folder: Path) -> Signature:
        nonlocal looks
        looks += 1
        if looks in (1, 3, 4):
            raise MemoryError
        return ()

    monkeypatch.setattr(reload, "signature", signature)

    async def scenario(current: CurrentCore, reloader: Reloader) -> None:
        while looks < 2:
            await asyncio.sleep(0.001)
        reloader.ask()
        await in_force(current)

    watched(tmp_path, scenario)
    told = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert told == ["the content could not be looked at, trying again"] * 3


def test_hidden_folders_are_not_entered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A content that lies in a checkout has a large one beside it."""
    (tmp_path / ".venv" / "lib").mkdir(parents=True)
    (tmp_path / "offers").mkdir()
    (tmp_path / "offers" / "zmi.yaml").write_text("topic: zmi\n")
    entered: list[str] = []
    scandir = os.scandir

    def noted(place: str) -> object:
        entered.append(str(place))
        return scandir(place)

    monkeypatch.setattr(os, "scandir", noted)
    assert [name for name, _, _ in reload.signature(tmp_path)] == ["offers/zmi.yaml"]
    assert entered == [str(tmp_path), str(tmp_path / "offers")]


class Unspoken:
    """A core that is never asked."""

    def respond(self, conversation: str | None, utterance: str) -> Reply:
        raise AssertionError

    def choose(self, conversation: str | None, choice: str) -> Reply:
        raise AssertionError

    def cards(self, topic: str) -> tuple[Contact, ...]:
        raise AssertionError

    def titles(self) -> dict[str, str]:
        raise AssertionError

    def line(self, key: str, **values: str) -> str:
        raise AssertionError


def test_turns_are_answered_while_new_content_is_learned(start: Start) -> None:
    with start() as program:
        program.ask("was macht die ZASTEX")
        edit(program, "utterances/zastex.yaml", '"topic": "zastex"', '"topic": "zastex" # changed')
        for number in range(6):
            assert "ZASTEX" in program.ask("Telefon ZASTEX", conversation=str(number))
        assert "new content in force" not in program.output
        program.logged("new content in force")
        assert eventually((program.folder / "state" / "learned").is_dir)
