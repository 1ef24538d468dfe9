"""The test server is held honest by aiogram, a foreign client with strict models."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import aiohttp.web
import pytest
from aiogram import Bot, Dispatcher
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.exceptions import (
    ClientDecodeError,
    TelegramBadRequest,
    TelegramConflictError,
    TelegramForbiddenError,
    TelegramMigrateToChat,
    TelegramNetworkError,
    TelegramRetryAfter,
    TelegramServerError,
    TelegramUnauthorizedError,
)
from aiogram.types import (
    BotCommand,
    BotCommandScopeAllGroupChats,
    BufferedInputFile,
    CallbackQuery,
    CopyTextButton,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    InlineQuery,
    InlineQueryResultContact,
    MenuButtonCommands,
    Message,
)

from tests.live.telegram.bot_api import TOKEN, BotApi, Fault, answers_in, person


def run(scenario: Coroutine[Any, Any, None]) -> None:
    """Run one scenario with a deadline."""

    async def bounded() -> None:
        async with asyncio.timeout(30):
            await scenario

    asyncio.run(bounded())


@asynccontextmanager
async def served() -> AsyncIterator[tuple[BotApi, Bot]]:
    """A server and an aiogram client that talks to it."""
    async with BotApi() as api:
        session = AiohttpSession(api=TelegramAPIServer.from_base(api.url))
        bot = Bot(TOKEN, session=session)
        try:
            yield api, bot
        finally:
            await session.close()


def test_aiogram_polls_answers_and_confirms() -> None:
    """A whole aiogram bot serves messages, edits, buttons and inline queries here."""

    async def scenario() -> None:
        async with served() as (api, bot):
            dispatcher = Dispatcher()

            @dispatcher.message()
            async def echo(message: Message) -> None:
                button = InlineKeyboardButton(text="mehr", callback_data="mehr")
                copy = InlineKeyboardButton(text="kopieren", copy_text=CopyTextButton(text="110"))
                keyboard = InlineKeyboardMarkup(inline_keyboard=[[button], [copy]])
                await message.answer(f"<b>{message.text}</b>", parse_mode="HTML", reply_markup=keyboard)

            @dispatcher.edited_message()
            async def edited(message: Message) -> None:
                await message.reply("geändert")

            @dispatcher.callback_query()
            async def pressed(query: CallbackQuery) -> None:
                await query.answer("ja")
                assert isinstance(query.message, Message)
                await query.message.edit_text("anders")

            @dispatcher.inline_query()
            async def inline(query: InlineQuery) -> None:
                result = InlineQueryResultContact(id="1", phone_number="+49 351 1", first_name="Amt")
                await query.answer([result], cache_time=300)

            polling = asyncio.create_task(
                dispatcher.start_polling(bot, handle_signals=False, polling_timeout=5)
            )
            anna = person(api)
            said = anna.says("Hallo")
            await api.until(lambda: answers_in(api, anna.private()))
            answer = answers_in(api, anna.private())[0]
            assert answer["text"] == "Hallo"
            assert answer["entities"] == [{"type": "bold", "offset": 0, "length": 5}]
            anna.edits(said, "Guten Tag")
            await api.until(lambda: len(answers_in(api, anna.private())) == 2)
            assert answers_in(api, anna.private())[1]["reply_to_message"]["text"] == "Guten Tag"
            query = anna.presses(answer, "mehr")
            await api.until(lambda: answer["text"] == "anders")
            assert api.world.callbacks[query] is not None
            call = anna.calls_inline("amt")
            await api.until(lambda: api.world.inline[call])
            await api.until(lambda: not api.world.updates, what="all updates are confirmed")
            await dispatcher.stop_polling()
            await polling

    run(scenario())


def test_everything_else_that_a_bot_calls() -> None:
    """Commands, names, menu, files and actions go in and come out as aiogram expects."""

    async def scenario() -> None:
        async with served() as (api, bot):
            anna = person(api)
            chat = anna.private().id
            commands = [BotCommand(command="hilfe", description="Hilfe")]
            await bot.set_my_commands(commands, scope=BotCommandScopeAllGroupChats(), language_code="de")
            menu = await bot.get_my_commands(BotCommandScopeAllGroupChats(), "de")
            assert [(c.command, c.description) for c in menu] == [("hilfe", "Hilfe")]
            assert await bot.get_my_commands() == []
            await bot.set_my_description("Ich helfe")
            assert (await bot.get_my_description("de")).description == "Ich helfe"
            await bot.set_chat_menu_button(menu_button=MenuButtonCommands())
            assert (await bot.get_chat_menu_button()).type == "commands"
            assert await bot.send_chat_action(chat, "typing")
            sent = await bot.send_document(chat, BufferedInputFile(b"BEGIN", "karte.vcf"), caption="Karte")
            assert sent.document is not None
            assert sent.document.file_name == "karte.vcf"
            card = await bot.send_contact(chat, "110", "Polizei", vcard="BEGIN:VCARD\nEND:VCARD")
            assert card.contact is not None
            assert card.contact.phone_number == "110"
            assert await bot.delete_message(chat, card.message_id)
            assert (await bot.get_webhook_info()).url == ""

    run(scenario())


REFUSED = [
    ({"text": "<br>"}, 'can\'t parse entities: Unsupported start tag "br" at byte offset 0'),
    ({"text": "ä<b>x"}, "can't parse entities: Can't find end tag corresponding to start tag \"b\""),
    ({"text": "<b>x</i>"}, 'can\'t parse entities: Unmatched end tag at byte offset 4, expected "</b>"'),
    ({"text": "x</i>"}, "can't parse entities: Unexpected end tag at byte offset 1"),
    ({"text": "1 < 2"}, "can't parse entities: Unclosed start tag at byte offset 2"),
    ({"text": " \n "}, "message text is empty"),
    ({"text": "a" * 4097}, "message is too long"),
    ({"text": "😀" * 2049}, "message is too long"),
    ({"chat_id": 99}, "chat not found"),
    ({"reply_parameters": {"message_id": 99}}, "message to be replied not found"),
    ({"message_thread_id": 5}, "message thread not found"),
]


@pytest.mark.parametrize(("change", "refusal"), REFUSED)
def test_refused_messages(change: dict[str, Any], refusal: str) -> None:
    """What the real server refuses is refused, in its words."""

    async def scenario() -> None:
        async with BotApi() as api, aiohttp.ClientSession() as session:
            values = {"chat_id": person(api).private().id, "text": "x", "parse_mode": "HTML"} | change
            async with session.post(f"{api.url}/bot{TOKEN}/sendMessage", json=values) as answer:
                body = await answer.json()
            assert answer.status == 400
            assert body["description"].startswith(f"Bad Request: {refusal}")

    run(scenario())


BUTTONS = [
    ({"text": "x", "callback_data": "ä" * 33}, "BUTTON_DATA_INVALID"),
    ({"text": "x", "copy_text": {"text": "a" * 257}}, "BUTTON_COPY_TEXT_INVALID"),
    ({"text": "x", "url": "tel:110"}, "inline keyboard button URL 'tel:110' is invalid"),
    ({"text": "x"}, "can't parse inline keyboard button: Text buttons are unallowed"),
    ({"text": "x", "calback_data": "y"}, "can't parse inline keyboard button: unknown field"),
]


@pytest.mark.parametrize(("button", "refusal"), BUTTONS)
def test_refused_buttons(button: dict[str, Any], refusal: str) -> None:
    """A keyboard beyond the limits is refused."""

    async def scenario() -> None:
        async with BotApi() as api, aiohttp.ClientSession() as session:
            markup = json.dumps({"inline_keyboard": [[button]]})
            form = {"chat_id": str(person(api).private().id), "text": "x", "reply_markup": markup}
            async with session.post(f"{api.url}/bot{TOKEN}/sendMessage", data=form) as answer:
                body = await answer.json()
            assert body["description"].startswith(f"Bad Request: {refusal}")

    run(scenario())


def test_refusals_arrive_as_the_right_errors() -> None:
    """aiogram turns each injected fault into the class that its users rely on."""

    async def scenario() -> None:
        async with served() as (api, bot):
            anna = person(api)
            chat = anna.private().id

            async def expect(error: type[Exception]) -> None:
                with pytest.raises(error):
                    await bot.send_message(chat, "x")

            api.faults.append(
                Fault("sendMessage", "status", 1, 429, "Too Many Requests: retry after 3", {"retry_after": 3})
            )
            await expect(TelegramRetryAfter)
            api.faults.append(Fault("sendMessage", "html", code=502))
            await expect(ClientDecodeError)
            api.faults.append(Fault("sendMessage", "cut", done=True))
            await expect(TelegramNetworkError)
            api.faults.append(Fault("sendMessage", "half", done=True))
            await expect(TelegramNetworkError)
            api.faults.append(Fault("sendMessage", "status"))
            await expect(TelegramServerError)
            assert len(answers_in(api, anna.private())) == 2, "two were sent, only their answers were lost"
            anna.blocks()
            await expect(TelegramForbiddenError)
            group = anna.opens_group(kind="group")
            anna.adds_bot(group)
            anna.upgrades(group)
            with pytest.raises(TelegramMigrateToChat):
                await bot.send_message(group.id, "x")
            api.revoked = True
            with pytest.raises(TelegramUnauthorizedError):
                await bot.get_me()

    run(scenario())


def test_polling_rules() -> None:
    """Offsets confirm, wishes stick, a second poller ends the first, a webhook forbids polling."""

    async def scenario() -> None:
        async with served() as (api, bot):
            anna = person(api)
            for number in range(3):
                anna.says(str(number))
            first = await bot.get_updates(limit=2)
            assert [u.message.text for u in first if u.message] == ["0", "1"]
            assert len(await bot.get_updates()) == 3, "nothing was confirmed yet"
            rest = await bot.get_updates(offset=first[-1].update_id + 1, allowed_updates=["message"])
            assert len(rest) == 1
            assert len(await bot.get_updates(offset=-1)) == 1
            anna.calls_inline("x")
            assert len(api.world.updates) == 1, "inline queries are not wanted any more"
            await bot.get_updates(offset=rest[0].update_id + 1)
            waiting = asyncio.create_task(bot.get_updates(timeout=20))
            await api.until(lambda: len(api.called("getUpdates")) == 6)
            other = asyncio.create_task(bot.get_updates(timeout=20))
            with pytest.raises(TelegramConflictError, match="terminated by other getUpdates"):
                await waiting
            await bot.set_webhook("https://example.org/x")
            with pytest.raises(TelegramConflictError):
                await other
            with pytest.raises(TelegramConflictError, match="webhook is active"):
                await bot.get_updates()
            with pytest.raises(TelegramBadRequest):
                await bot.set_webhook("http://example.org/x")

    run(scenario())


def test_webhook_delivers_in_order_and_again() -> None:
    """A refused delivery comes again; those of a chat stay in order; the secret is sent."""

    async def scenario() -> None:
        got: list[tuple[str, str]] = []

        async def receive(request: aiohttp.web.Request) -> aiohttp.web.Response:
            body = await request.json()
            secret = request.headers["X-Telegram-Bot-Api-Secret-Token"]
            got.append((secret, body["message"]["text"]))
            return aiohttp.web.Response(status=500 if len(got) == 1 else 200)

        application = aiohttp.web.Application()
        application.router.add_post("/hook", receive)
        runner = aiohttp.web.AppRunner(application)
        await runner.setup()
        await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
        async with served() as (api, bot):
            port = runner.addresses[0][1]
            await bot.set_webhook(f"http://127.0.0.1:{port}/hook", secret_token="geheim")
            person(api).says("eins")
            person(api).says("zwei")
            await api.until(lambda: not api.world.updates)
            assert got == [("geheim", "eins"), ("geheim", "eins"), ("geheim", "zwei")]
            assert "500" in (await bot.get_webhook_info()).last_error_message  # type: ignore[operator]
        await runner.cleanup()

    run(scenario())
