"""Nothing that goes wrong while starting keeps people from being answered."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from adapters.base import Desk
from adapters.telegram import profile
from adapters.telegram.errors import Backoff
from adapters.telegram.transport import Transport
from bot import Bot
from tests.content import ZASTEX_NUMBER
from tests.learned import content, fresh_bot
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, answers_in, person
from tests.live.telegram.harness import run, serving

DANGER = "Hilfe, er hat ein Messer und steht vor der Tür und droht"


ALL_MISSING = "all is missing"


class OtherWording(Bot):
    """The shipped core with another wording: ``lines`` replaces sentences, ``None`` takes one away."""

    def __init__(self, lines: Mapping[str, str | None], *, is_empty: bool = False) -> None:
        super().__init__(*content())
        self._lines, self._is_empty = lines, is_empty

    def line(self, key: str, **values: str) -> str:
        text = self._lines.get(key, None if self._is_empty else "")
        if text is None:
            raise KeyError(key)
        return text.format(**values) if text else super().line(key, **values)


WORDINGS: Mapping[str, Mapping[str, str | None]] = {
    "a command is missing": {"command_hilfe": None},
    "a name has a place": {"profile_name": "Lotse {name}"},
    "a brace is open": {"profile_description": "Lotse {"},
    "the description is too long": {"profile_description": "x" * 5000},
    "a button has another place": {"button_copy": "{wert} kopieren"},
    ALL_MISSING: {},
}


@pytest.mark.parametrize("which", WORDINGS)
def test_a_wording_that_does_not_fit(tmp_path: Path, which: str) -> None:
    """Questions, danger, pictures and presses are answered; the phone number is there."""
    wording = OtherWording(WORDINGS[which], is_empty=which == ALL_MISSING)

    async def scenario() -> None:
        async with serving(tmp_path, desk=Desk(wording, "telegram")) as bench:
            api, anna = bench.api, person(bench.api)
            await api.until(lambda: api.called("getChatMenuButton"), what="the profile is done")
            anna.sends({"voice": {"file_id": "v", "file_unique_id": "v", "duration": 3}})
            anna.says("/start")
            anna.says("/kontakt zastex")
            anna.says(DANGER)
            await api.until(lambda: not api.world.updates and bench.channel.open == 0)
            texts = [m["text"] for m in answers_in(api, anna.private())]
            assert any(ZASTEX_NUMBER in text for text in texts)
            assert any("110" in text for text in texts)
            assert not bench.task.done()

    run(scenario())


def test_a_missing_command_is_named_and_the_others_are_set(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells the operator which key; the menu has the rest."""

    async def scenario() -> None:
        async with BotApi() as api:
            transport = Transport(TOKEN, api.url)
            await profile.apply(transport, OtherWording({"command_hilfe": None}).line)
            await transport.close()
            names = [c["command"] for c in api.world.settings["commands", '{"type": "default"}', "de"]]
            assert names == ["start", "angebote", "kontakt", "datenschutz", "vergessen"]

    with caplog.at_level(logging.ERROR):
        run(scenario())
    assert "command_hilfe cannot be used" in caplog.text


PASSING: list[dict[str, Any]] = [
    {"kind": "status", "code": 429, "description": "Too Many Requests", "parameters": {"retry_after": 0}},
    {"kind": "status", "code": 500},
    {"kind": "html", "code": 502},
    {"kind": "cut"},
    {"kind": "half", "done": True},
]


@pytest.mark.parametrize("method", ["getMyCommands", "setMyCommands", "setMyDescription"])
@pytest.mark.parametrize("fault", PASSING, ids=lambda fault: f"{fault['kind']} {fault.get('code', '')}")
def test_passing_trouble_is_overcome(method: str, fault: dict[str, Any]) -> None:
    """A 429, a 500 or a cut line at a profile call: tried again, so that the profile is whole."""

    async def scenario() -> None:
        async with BotApi() as api:
            api.faults.append(Fault(method, times=2, **fault))
            transport = Transport(TOKEN, api.url)
            await profile.apply(transport, fresh_bot().line, Backoff(first=0.01))
            await transport.close()
            scopes = {key[1:] for key in api.world.settings if key[0] == "commands"}
            assert len(scopes) == 6
            assert api.world.settings["description", "", ""]

    run(scenario())


@pytest.mark.parametrize(("kind", "code"), [("status", 400), ("status", 404), ("html", 502), ("hang", 0)])
def test_lasting_trouble_keeps_nobody_waiting(
    tmp_path: Path, kind: str, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Profile calls that never work are passed over; people are answered meanwhile."""
    monkeypatch.setattr("adapters.telegram.transport.ANSWER", 0.5)

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            for method in ("getMyCommands", "setMyDescription", "getChatMenuButton"):
                api.faults.append(Fault(method, kind, 99, code, "Bad Request: not like that"))

        async with serving(tmp_path, before=before) as bench:
            api, anna = bench.api, person(bench.api)
            await api.until(lambda: api.called("getMyCommands"))
            anna.says("/hilfe")
            await api.until(lambda: answers_in(api, anna.private()))
            if code == 400:
                await api.until(lambda: api.called("getChatMenuButton"), what="the end of the profile")
            assert not bench.task.done()

    run(scenario())


def test_who_we_are_is_asked_until_it_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that hangs, refuses or talks nonsense at getMe delays the start and does not end it."""
    monkeypatch.setattr("adapters.telegram.transport.ANSWER", 0.5)

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            api.faults += [
                Fault("getMe", "hang"),
                Fault("getMe", "status", 1, 400, "Bad Request"),
            ]
            person(api).says("/hilfe")

        async with serving(tmp_path, before=before) as bench:
            await bench.api.until(lambda: answers_in(bench.api, person(bench.api).private()), 30)

    run(scenario())


def test_a_stop_while_nobody_answers(tmp_path: Path) -> None:
    """The start gives way to a stop at once."""

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            api.faults.append(Fault("getMe", "html", 99, 502))

        async with serving(tmp_path, before=before) as bench:
            await bench.api.until(lambda: bench.api.called("getMe"))
            bench.stop.set()
            await asyncio.wait_for(bench.task, 5)

    run(scenario())
