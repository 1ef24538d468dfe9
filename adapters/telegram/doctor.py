"""Tells an operator whether the Telegram set-up is sound; changes nothing and writes to nobody.

Asked are the account, the delivery of updates and, while no bot of this state
folder runs, whether somebody else polls. To see that, one poll is made that
confirms nothing; another program that polls at that moment is interrupted once. Here the objects of
python-telegram-bot are used; the running bot does without them, for its memory.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from telegram import User, WebhookInfo
from telegram.error import TelegramError

from adapters.base import Finding
from adapters.telegram.errors import CallError, RefusedError
from adapters.telegram.settings import Settings, host
from adapters.telegram.transport import Transport
from adapters.telegram.updates import KINDS

PATIENCE = 10.0
"""Seconds for the answer to each question."""
LISTENING = 6
"""Seconds of listening for another poller: the longest pause of ours after it was interrupted, and one more."""
RECENT = 600.0
"""Seconds for which a failed delivery counts although nothing waits."""


async def examine(settings: Settings, listening: int = LISTENING) -> list[Finding]:
    """Look at token, account and delivery of updates; also while the bot is running."""
    transport = Transport(settings.token, settings.base_url, settings.proxy)
    try:
        me = User.de_json(await transport.call("getMe", seconds=PATIENCE))
        about = WebhookInfo.de_json(await transport.call("getWebhookInfo", seconds=PATIENCE))
        findings = [Finding(True, "Telegram accepts the token."), *_of_account(me)]
        runs = is_running(settings.state_folder)
        if settings.webhook_url:
            return [*findings, *_of_webhook(settings, about, runs)]
        if about.url:
            return [*findings, _of_strange_webhook(about)]
        return [*findings, await _of_polling(transport, about, runs, listening)]
    except RefusedError as error:
        return [_of_refusal(settings, error)]
    except (TelegramError, TypeError, ValueError, AttributeError, LookupError):
        return [Finding(False, f"{_server(settings)} does not answer as a Bot API does.")]
    except CallError as error:
        return [Finding(False, f"{_server(settings)} cannot be reached ({error}).")]
    finally:
        await transport.close()


def is_running(folder: Path) -> bool:
    """Return whether a bot works with this state folder: one holds a lock there. Leaves nothing behind."""
    return any(_is_locked(path) for path in folder.glob("telegram.*.lock"))


def _is_locked(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    except OSError:
        return True  # another user's: more likely a bot's than nobody's, and a bot is not to be disturbed
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        return False
    finally:
        os.close(descriptor)


def _server(settings: Settings) -> str:
    return f"LOTSE_TELEGRAM_BASE_URL: {host(settings.base_url)}"


def _of_refusal(settings: Settings, error: RefusedError) -> Finding:
    if error.is_denial:
        text = "LOTSE_TELEGRAM_TOKEN: Telegram refuses the token; get a new one from @BotFather."
        return Finding(False, text)
    if error.foreign and error.code == 404:
        return Finding(
            False, f"{_server(settings)} does not answer as a Bot API does (404); check the address."
        )
    return Finding(False, f"{_server(settings)} refuses to answer ({error.code}); try again later.")


def _of_account(me: User) -> Iterator[Finding]:
    if not me.can_join_groups:
        yield Finding(True, "The bot may not be added to groups (@BotFather: /setjoingroups).")
    if me.can_read_all_group_messages:
        yield Finding(
            True,
            "The bot is sent every message of its groups and needs none of them (@BotFather: /setprivacy).",
        )
    if not me.supports_inline_queries:
        yield Finding(True, "Contacts cannot be passed on in other chats (@BotFather: /setinline).")


# --- how updates come ------------------------------------------------------------


async def _of_polling(transport: Transport, about: WebhookInfo, runs: bool, listening: int) -> Finding:
    waiting = about.pending_update_count
    if runs:
        # Not polled: that would interrupt the bot.
        return Finding(True, f"No webhook is set and a bot is running here; {waiting} updates wait.")
    try:
        values = {"timeout": listening, "limit": 1}
        await transport.call("getUpdates", values, seconds=listening + PATIENCE)
    except RefusedError as error:
        if error.code != 409:
            raise
        text = (
            "LOTSE_TELEGRAM_TOKEN: another program polls with this token; stop it or give it one of its own."
        )
        return Finding(False, text)
    return Finding(True, f"Nobody else polls; {waiting} updates wait for the start.")


def _of_strange_webhook(about: WebhookInfo) -> Finding:
    return Finding(
        True,
        f"A webhook to {host(about.url)} is set; the start removes it because this program polls. "
        "If another program is behind it, give that one a token of its own.",
    )


def _of_webhook(settings: Settings, about: WebhookInfo, runs: bool) -> Iterator[Finding]:
    url = about.url
    if url != settings.webhook_url:
        what = f"A webhook to {host(url)}" if url else "No webhook"
        if runs:
            text = f"{what} is set although a bot is running here: it gets no updates. Start it again."
            yield Finding(False, f"LOTSE_TELEGRAM_WEBHOOK_URL: {text}")
        else:
            yield Finding(True, f"{what} is set; the start sets LOTSE_TELEGRAM_WEBHOOK_URL.")
        return
    missing = sorted(set(KINDS) - set(about.allowed_updates or KINDS))
    if missing:
        text = f"The webhook is set without {', '.join(missing)}; starting the bot sets it anew."
        yield Finding(not runs, text)
    yield _of_delivery(about)


def _of_delivery(about: WebhookInfo) -> Finding:
    waiting, trouble, at = about.pending_update_count, about.last_error_message, about.last_error_date
    age = time.time() - at.timestamp() if at is not None else 0.0
    if trouble and (waiting or age < RECENT):
        text = f"LOTSE_TELEGRAM_WEBHOOK_URL: Telegram could not deliver there {_ago(age)} ago ({trouble}); "
        return Finding(False, f"{text}{waiting} updates wait.")
    return Finding(True, f"The webhook is set and works; {waiting} updates wait.")


def _ago(seconds: float) -> str:
    return f"{int(seconds)} s" if seconds < 120 else f"{int(seconds // 60)} min"
