"""Every fault at every method: the bot goes on and no question is lost or answered twice."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from bot.errors import AccessError, ConfigError
from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, answers_in, person
from tests.live.telegram.harness import Bench, free_port, run, serving, start_program

pytestmark = pytest.mark.chaos

FAULTS: dict[str, Callable[[str], Fault]] = {
    "429": lambda m: Fault(m, "status", 1, 429, "Too Many Requests: retry after 1", {"retry_after": 1}),
    "400": lambda m: Fault(m, "status", 1, 400, "Bad Request: something that nobody has seen before"),
    "401": lambda m: Fault(m, "status", 1, 401, "Unauthorized"),
    "403": lambda m: Fault(m, "status", 1, 403, "Forbidden: bot was blocked by the user"),
    "404": lambda m: Fault(m, "status", 1, 404, "Not Found"),
    "409": lambda m: Fault(m, "status", 1, 409, "Conflict: terminated by other getUpdates request"),
    "500": lambda m: Fault(m, "status", 2, 500, "Internal Server Error"),
    "500 page": lambda m: Fault(m, "html", 2, 500),
    "502 page": lambda m: Fault(m, "html", 2, 502),
    "502 page, done": lambda m: Fault(m, "html", 1, 502, done=True),
    "cut": lambda m: Fault(m, "cut", 2),
    "cut, done": lambda m: Fault(m, "cut", 1, done=True),
    "half": lambda m: Fault(m, "half", 1, done=True),
    "hang": lambda m: Fault(m, "hang", 1, done=True),
}
METHODS = [
    "getMe",
    "getUpdates",
    "sendMessage",
    "editMessageText",
    "editMessageCaption",
    "answerCallbackQuery",
    "sendContact",
    "sendChatAction",
    "answerInlineQuery",
    "setMyCommands",
    "getMyName",
]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("method", METHODS)
def test_fault(tmp_path: Path, method: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One disturbed method while somebody asks, presses, saves a card and calls inline."""
    monkeypatch.setattr("adapters.telegram.transport.ANSWER", 1.0)

    async def scenario() -> None:
        injected = FAULTS[fault](method)

        def before(api: BotApi) -> None:
            api.faults.append(injected)
            if method == "editMessageCaption":
                # Look-ups only happen when the answer to a send is lost.
                api.faults.append(Fault("sendMessage", "cut", 1, done=True))

        async with serving(tmp_path, before=before, poll_timeout=1) as bench:
            loop = asyncio.get_running_loop()
            loop.call_later(1.5, injected.release.set)
            await _converse(bench, (method, fault))

    run(scenario(), 40)


async def _converse(bench: Bench, what: tuple[str, str]) -> None:
    api, anna, bert = bench.api, person(bench.api), person(bench.api, 502, "Bert")
    chat = anna.private()
    anna.says("/kontakt zastex")
    await api.until(lambda: answers_in(api, chat), 20, "the answer")
    anna.says("/kontakt zastex")
    await api.until(lambda: len(answers_in(api, chat)) >= 2, 20, "the second answer")
    answer = answers_in(api, chat)[-1]
    before = answer["text"]
    query = anna.presses(answer, "speichern")
    await api.until(lambda: any("contact" in m for m in answers_in(api, chat)), 20, "the card")
    call = anna.calls_inline("zastex")
    data = next(
        b["callback_data"]
        for row in answer["reply_markup"]["inline_keyboard"]
        for b in row
        if b.get("callback_data", "").startswith("1:")
    )
    anna.presses_data(answer, data)
    if what != ("editMessageText", "400"):
        await api.until(lambda: answer["text"] != before, 20, "the edit")
    bert.says("/kontakt zmi")
    await api.until(lambda: answers_in(api, bert.private()), 20, "somebody else's answer")
    await api.until(lambda: not api.world.updates and bench.channel.open == 0, 20, "all is settled")
    if what[0] not in ("answerInlineQuery", "answerCallbackQuery"):
        # Nothing waits for these two calls, so they may still be on their way.
        await api.until(lambda: api.world.inline[call], 20, "the inline results")
        await api.until(lambda: api.world.callbacks[query], 20, "the answer to the button")
    texts = [m for m in answers_in(api, chat) if "text" in m]
    anew = what == ("editMessageText", "400")
    assert len(texts) == 2 + anew, "nothing is answered twice"
    assert not bench.task.done(), "the bot goes on"


def test_a_revoked_token_ends_the_channel(tmp_path: Path) -> None:
    """401 for good, in the middle of the work, raises ``AccessError``."""

    async def scenario() -> None:
        async with serving(tmp_path, poll_timeout=1) as bench:
            await bench.api.until(lambda: bench.api.called("getUpdates"))
            bench.api.revoked = True
            with pytest.raises(AccessError, match="LOTSE_TELEGRAM_TOKEN"):
                await asyncio.wait_for(bench.task, 20)

    run(scenario())


def test_a_revoked_token_ends_the_program(tmp_path: Path) -> None:
    """Exit status 2, one clear line, no traceback, and the token nowhere."""

    async def scenario() -> None:
        async with BotApi() as api:
            api.revoked = True
            log = tmp_path / "log"
            program = await start_program(api.url, tmp_path / "state", log)
            assert await asyncio.wait_for(program.process.wait(), 30) == 2
            text = log.read_text()
            assert text.strip().splitlines()[-1].startswith("lotse: LOTSE_TELEGRAM_TOKEN")
            assert "Traceback" not in text
            assert TOKEN.split(":")[1] not in text

    run(scenario())


def test_a_wrong_address_is_not_a_wrong_token(tmp_path: Path) -> None:
    """Where some other server answers 404 to everything, the address is named, without the password in it."""

    async def scenario() -> None:
        async with BotApi() as api:
            api.faults.append(Fault("", "html", 9999, 404))
            wrong = api.url.replace("//", "//anna:geheim@")
            async with serving(tmp_path, api=None, base_url=wrong) as bench:
                with pytest.raises(ConfigError, match=r"LOTSE_TELEGRAM_BASE_URL: 127\.0\.0\.1 ") as raised:
                    await asyncio.wait_for(bench.task, 20)
                assert "geheim" not in str(raised.value)

    run(scenario())


def test_a_gateway_that_says_404_for_a_while_ends_nothing(tmp_path: Path) -> None:
    """Once the Bot API was there, its address is right: answers wait, and none is dropped as refused."""

    async def scenario() -> None:
        async with serving(tmp_path, poll_timeout=1) as bench:
            api, anna = bench.api, person(bench.api)
            await api.until(lambda: bench.channel.healthy)
            gateway = [Fault("getUpdates", "html", 5, 404), Fault("sendMessage", "html", 2, 403)]
            api.faults += gateway
            anna.says("/hilfe")
            await api.until(lambda: answers_in(api, anna.private()), 30)
            await api.until(lambda: gateway[0].shown == 5, 30)
            await api.until(lambda: not api.world.updates and bench.channel.waiting == 0, 30)
            assert not bench.task.done()

    run(scenario())


def test_an_outage_is_two_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """One when it begins, one with its length when it is over; none for each try."""

    async def scenario() -> None:
        async with serving(tmp_path, poll_timeout=1) as bench:
            api = bench.api
            await api.until(lambda: bench.channel.healthy)
            away = Fault("getUpdates", "cut", 4)
            api.faults.append(away)
            person(api).says("/hilfe")
            await api.until(lambda: answers_in(api, person(api).private()), 30)
            assert away.shown == 4

    with caplog.at_level(logging.INFO, "lotse.telegram"):
        run(scenario())
    lines = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert [line.getMessage().partition(":")[0] for line in lines] == [
        "polling failed",
        "Telegram answers again",
    ]
    assert vars(lines[1])["seconds"] >= 1


@pytest.mark.parametrize("url", ["http://example.org/hook", "https://example.org:81/hook"])
def test_a_refused_webhook_says_what_to_change(tmp_path: Path, url: str) -> None:
    """One line with the setting, what Telegram says and what it takes."""

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            if url.startswith("https"):
                said = "Bad Request: bad webhook: Webhook can be set up only on ports 80, 88, 443 or 8443"
                api.faults.append(Fault("setWebhook", "status", 1, 400, said))

        listening = ("127.0.0.1", free_port())
        async with serving(tmp_path, before=before, webhook_url=url, webhook_listen=listening) as bench:
            with pytest.raises(ConfigError, match=r"LOTSE_TELEGRAM_WEBHOOK_URL.*bad webhook.*https.*8443"):
                await asyncio.wait_for(bench.task, 20)

    run(scenario())


def test_a_second_poller_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Somebody else who polls with the token is named in the log, and the bot goes on."""

    async def scenario() -> None:
        async with serving(tmp_path, poll_timeout=20) as bench:
            api = bench.api
            await api.until(lambda: api.called("getUpdates"))
            conflict = Fault(
                "getUpdates", "status", 1, 409, "Conflict: terminated by other getUpdates request"
            )
            api.faults.append(conflict)
            person(api).says("/hilfe")
            await api.until(lambda: conflict.shown, 15)
            await api.until(lambda: answers_in(api, person(api).private()), 15)

    with caplog.at_level(logging.WARNING):
        run(scenario())
    assert "another program polls" in caplog.text


def test_a_left_over_webhook_is_removed(tmp_path: Path) -> None:
    """Polling works although a webhook was set before."""

    async def scenario() -> None:
        def before(api: BotApi) -> None:
            api.webhook.url = "https://example.org/old"

        async with serving(tmp_path, before=before) as bench:
            person(bench.api).says("/hilfe")
            await bench.api.until(lambda: answers_in(bench.api, person(bench.api).private()))

    run(scenario())


UNREADABLE: list[dict[str, Any]] = [
    {"message": {"message_id": "no number", "date": "never"}},
    {"message": 5},
    {"message": {"message_id": 1, "date": 10**30, "chat": {"id": 1, "type": "private"}}},
    {"callback_query": {"id": "1", "from": {"id": 1}}},
    {"something_new": {"x": [1]}},
    {},
    {"message": None},
    {"message": {"message_id": 1, "date": 1, "chat": {"id": 1, "type": "private"}, "text": ["a"], "from": 7}},
]


def test_updates_that_nobody_can_read_are_put_aside(tmp_path: Path) -> None:
    """Each unreadable update is confirmed, and the next question is answered."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna = bench.api, person(bench.api)
            for body in UNREADABLE:
                api.world.add_raw(body)
            anna.says("/hilfe")
            await api.until(lambda: answers_in(api, anna.private()))
            await api.until(lambda: not api.world.updates)

    run(scenario())


def test_refused_formatting_is_sent_plain(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """If our HTML is refused, the person gets plain text, and the operator a line."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api = bench.api
            refusal = "Bad Request: can't parse entities: Unsupported start tag"
            api.faults.append(Fault("sendMessage", "status", 1, 400, refusal))
            person(api).says("/kontakt zastex")
            await api.until(lambda: answers_in(api, person(api).private()))
            text = answers_in(api, person(api).private())[0]["text"]
            assert "<b>" not in text
            assert "parse_mode" not in api.called("sendMessage")[-1].values

    run(scenario())
    assert "formatting was refused" in caplog.text


def test_429_stops_only_its_chat(tmp_path: Path) -> None:
    """While one chat waits as it was told, another is served at once."""

    async def scenario() -> None:
        async with serving(tmp_path) as bench:
            api, anna, bert = bench.api, person(bench.api), person(bench.api, 502, "Bert")
            wait = Fault(
                "sendMessage", "status", 1, 429, "Too Many Requests", {"retry_after": 2}, chat=anna.id
            )
            api.faults.append(wait)
            anna.says("/hilfe")
            await api.until(lambda: wait.shown)
            bert.says("/hilfe")
            await api.until(lambda: answers_in(api, bert.private()), 1.5)
            assert not answers_in(api, anna.private())
            await api.until(lambda: answers_in(api, anna.private()), 5)
            first, second = [call for call in api.called("sendMessage") if call.values["chat_id"] == anna.id]
            assert second.at - first.at >= 2.0

    run(scenario())


def test_a_stop_answers_what_was_begun(tmp_path: Path) -> None:
    """On SIGTERM the answers under way still go out; a stuck one is kept for the next start."""

    async def scenario() -> None:
        api = BotApi()
        async with serving(tmp_path, api=api, drain=1.5) as bench:
            anna, bert = person(api), person(api, 502, "Bert")
            stuck = Fault("sendMessage", "hang", chat=bert.id)
            api.faults.append(stuck)
            api.delay = 0.3
            anna.says("/hilfe")
            bert.says("/kontakt zmi")
            await api.until(lambda: stuck.shown and len(api.called("sendMessage")) == 2)
            bench.stop.set()
            await asyncio.wait_for(bench.task, 5)
            assert len(answers_in(api, anna.private())) == 1
            assert not answers_in(api, bert.private())
            stop = asyncio.Event()
            again = asyncio.create_task(bench.channel.run(stop))
            await api.until(lambda: answers_in(api, bert.private()))
            stop.set()
            await again
            assert len(answers_in(api, anna.private())) == 1

    run(scenario())


def test_webhook(tmp_path: Path) -> None:
    """Answers by webhook; a wrong secret, a wrong body and a huge one are refused; health is told."""

    async def scenario() -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}/hook"
        async with serving(tmp_path, webhook_url=url, webhook_listen=("127.0.0.1", port)) as bench:
            api, anna = bench.api, person(bench.api)
            anna.says("/kontakt zastex")
            await api.until(lambda: answers_in(api, anna.private()))
            await api.until(lambda: not api.world.updates)
            assert api.called("setWebhook")[0].values["allowed_updates"]
            header = {"X-Telegram-Bot-Api-Secret-Token": api.webhook.secret}
            update = {"update_id": 5, "message": {"text": "x"}}
            async with aiohttp.ClientSession() as session:

                async def status(**options: Any) -> int:
                    async with session.post(url, **options) as answer:
                        return answer.status

                assert await status(json=update) == 403
                assert await status(json=update, headers={k: v + "x" for k, v in header.items()}) == 403
                assert await status(data=b"{", headers=header) == 400
                assert await status(json=[], headers=header) == 400
                assert await status(data=io.BytesIO(b" " * 2_000_000), headers=header) == 413
                assert await status(json=update, headers=header) == 200, "unreadable, but put aside"
                assert await status(json={"update_id": 6}, headers=header) == 200
                async with session.get(f"http://127.0.0.1:{port}/healthz") as answer:
                    assert answer.status == 200
                async with session.get(url) as answer:
                    assert answer.status == 405
            assert len(answers_in(api, anna.private())) == 1

    run(scenario())


def test_a_repeated_delivery_is_answered_once(tmp_path: Path) -> None:
    """Telegram may deliver the same update again; two processes may get it."""

    async def scenario() -> None:
        port = free_port()
        url = f"http://127.0.0.1:{port}/hook"
        async with serving(tmp_path, webhook_url=url, webhook_listen=("127.0.0.1", port)) as bench:
            api, anna = bench.api, person(bench.api)
            await api.until(lambda: api.webhook.url)
            header = {"X-Telegram-Bot-Api-Secret-Token": api.webhook.secret}
            api.webhook.url = ""
            anna.says("/kontakt zastex")
            update = api.world.updates[0]
            async with aiohttp.ClientSession() as session:
                for _ in range(3):
                    async with session.post(url, json=update, headers=header) as answer:
                        assert answer.status == 200
            anna.says("/kontakt zmi")
            async with (
                aiohttp.ClientSession() as session,
                session.post(url, json=api.world.updates[1], headers=header) as answer,
            ):
                assert answer.status == 200
            await api.until(lambda: len(answers_in(api, anna.private())) == 2)

    run(scenario())
