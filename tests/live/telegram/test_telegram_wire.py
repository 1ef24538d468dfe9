"""Everything that the bot sends is allowed by two Bot APIs that are not ours."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.live.telegram import wire
from tests.live.telegram.bot_api import BotApi, Fault, answers_in, person
from tests.live.telegram.harness import run, serving

SPECIFICATION = os.environ.get("LOTSE_TEST_BOT_API", "")
"""A file with a machine-readable Bot API (github.com/PaulSonOfLars/telegram-bot-api-spec, api.json)."""

Json = dict[str, Any]
METHODS = {
    "getMe",
    "getUpdates",
    "sendMessage",
    "editMessageText",
    "editMessageCaption",
    "answerCallbackQuery",
    "answerInlineQuery",
    "sendContact",
    "sendDocument",
    "sendChatAction",
    "getMyCommands",
    "setMyCommands",
    "getMyName",
    "setMyName",
    "getMyDescription",
    "setMyDescription",
    "getMyShortDescription",
    "setMyShortDescription",
    "getChatMenuButton",
    "setChatMenuButton",
}


def _recorded(folder: Path) -> list[tuple[str, Json]]:
    """Return every call that the bot makes in a conversation that uses all it can do."""
    calls: list[tuple[str, Json]] = []

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            api.world.bot["first_name"] = "Anders"
            api.faults.append(Fault("sendMessage", "cut", 1, done=True))
            api.faults.append(Fault("sendContact", "status", 1, 429, "Too Many Requests", {"retry_after": 0}))

        async with serving(folder, before=before) as bench:
            api, anna = bench.api, person(bench.api)
            chat = anna.private()
            question = anna.says("/kontakt zastex")
            await api.until(lambda: answers_in(api, chat))
            anna.presses(answers_in(api, chat)[0], "speichern")
            anna.edits(question, "/kontakt zmi")
            await api.until(lambda: api.called("editMessageText") and api.called("sendContact"))
            await api.until(lambda: "zmi" in str(answers_in(api, chat)[0]["reply_markup"]))
            anna.presses(answers_in(api, chat)[0], "speichern")
            for text in ("", "zastex"):
                anna.calls_inline(text)
            group = anna.opens_group(forum=True)
            anna.adds_bot(group)
            anna.says("/kontakt zastex", group, thread=7)
            api.faults.append(Fault("sendMessage", "status", 1, 429, "Too Many Requests", {"retry_after": 1}))
            anna.says("/start")
            await api.until(lambda: {call.method for call in api.calls} >= METHODS, what="all methods")
            await api.until(lambda: not api.world.updates and bench.channel.open == 0)
            calls.extend((call.method, _typed(call.values, call.files)) for call in api.calls)

    run(scenario())
    return calls


def _typed(values: Json, files: tuple[str, ...]) -> Json:
    """Undo the form: multipart knows texts only."""
    typed = dict(values)
    if files and isinstance(typed.get("chat_id"), str):
        typed["chat_id"] = int(typed["chat_id"])
    return typed


@pytest.fixture(scope="module")
def calls(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Json]]:
    """All calls of one long conversation."""
    return _recorded(tmp_path_factory.mktemp("wire"))


def test_aiogram_accepts_every_call(calls: list[tuple[str, Json]]) -> None:
    """aiogram's models know every method and name that we use."""
    problems = [problem for method, values in calls for problem in wire.by_aiogram(method, values)]
    assert problems == []


@pytest.mark.skipif(not SPECIFICATION, reason="LOTSE_TEST_BOT_API names no file")
def test_the_specification_accepts_every_call(calls: list[tuple[str, Json]]) -> None:
    """So does the machine-readable Bot API."""
    problems = [p for method, values in calls for p in wire.by_specification(SPECIFICATION, method, values)]
    assert problems == []


WRONG: list[tuple[str, Json]] = [
    ("sendMessage", {"chat_id": 1}),
    ("sendMessage", {"chat_id": 1, "text": "x", "parse_mod": "HTML"}),
    ("sendMessage", {"chat_id": 1, "text": "x", "reply_markup": {"inline_keyboard": None}}),
    ("setMyCommands", {"commands": [{"command": "x"}]}),
    ("sendMessages", {}),
]


def _judges() -> Iterator[Any]:
    yield wire.by_aiogram
    if SPECIFICATION:
        yield lambda method, values: wire.by_specification(SPECIFICATION, method, values)


@pytest.mark.parametrize(("method", "values"), WRONG)
def test_the_judges_see_mistakes(method: str, values: Json) -> None:
    """A judge that accepts everything would be none."""
    for judge in _judges():
        assert list(judge(method, values))
