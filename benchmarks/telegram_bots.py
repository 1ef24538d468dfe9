# ruff: noqa: PLC0415 - a bot under test imports its own library and no other
"""The bots that ``benchmarks/telegram.py`` compares, each a process: ``telegram_bots.py NAME URL TOKEN``."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

# Without its own folder on the path: there, a file would hide the library of the same name.
sys.path[:] = [place for place in sys.path if Path(place or ".").resolve() != Path(__file__).resolve().parent]


def pin(core: int) -> None:
    """Stay on one core, if the machine has two."""
    if hasattr(os, "sched_setaffinity") and (os.cpu_count() or 1) > 1:
        os.sched_setaffinity(0, {core})


def run_lotse(url: str, token: str) -> None:
    """Run ``lotse run`` with its default settings; what it learned from the content is kept between runs."""
    from bot.__main__ import main

    learned = Path(tempfile.gettempdir()) / "lotse-benchmarks"
    learned.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "learned").symlink_to(learned)
        own = {"STATE_DIR": folder, "TELEGRAM_TOKEN": token, "TELEGRAM_BASE_URL": url}
        os.environ |= {f"LOTSE_{name}": value for name, value in own.items()}
        main(["run"])


def run_ptb(url: str, token: str) -> None:
    """Run the echo bot of python-telegram-bot's documentation."""
    from telegram import Update
    from telegram.ext import Application, ContextTypes, MessageHandler, filters

    async def echo(update: Update, _: ContextTypes.DEFAULT_TYPE) -> None:
        assert update.message is not None
        await update.message.reply_text(update.message.text or "")

    application = Application.builder().token(token).base_url(f"{url}/bot").build()
    application.add_handler(MessageHandler(filters.TEXT, echo))
    application.run_polling()


def run_aiogram(url: str, token: str) -> None:
    """Run the echo bot of aiogram's documentation."""
    from aiogram import Bot, Dispatcher
    from aiogram.client.session.aiohttp import AiohttpSession
    from aiogram.client.telegram import TelegramAPIServer
    from aiogram.types import Message

    async def main() -> None:
        dispatcher = Dispatcher()

        @dispatcher.message()
        async def echo(message: Message) -> None:
            await message.answer(message.text or "")

        session = AiohttpSession(api=TelegramAPIServer.from_base(url))
        await dispatcher.start_polling(Bot(token, session=session))

    asyncio.run(main())


RUN: dict[str, Callable[[str, str], None]] = {"lotse": run_lotse, "ptb": run_ptb, "aiogram": run_aiogram}


if __name__ == "__main__":
    pin(0)
    RUN[sys.argv[1]](sys.argv[2], sys.argv[3])
