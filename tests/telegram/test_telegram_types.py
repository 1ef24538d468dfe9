"""What is written by hand in the words of the Bot API, held against python-telegram-bot."""

from __future__ import annotations

import datetime
import subprocess
import sys
from typing import Any

import pytest
import telegram
from telegram.constants import (
    BotCommandLimit,
    BotCommandScopeType,
    BotDescriptionLimit,
    BotNameLimit,
    ChatMemberStatus,
    ChatType,
    ContactLimit,
    InlineKeyboardButtonLimit,
    InlineQueryLimit,
    MenuButtonType,
    MessageEntityType,
    MessageLimit,
    ParseMode,
    PollingLimit,
    UpdateType,
    WebhookLimit,
)

from adapters.telegram import cards, keyboards, messages, poller, profile, updates, webhook
from bot.reply import Reply
from tests.content import LABELS
from tests.learned import fresh_bot

Json = dict[str, Any]


def test_limits_and_words() -> None:
    assert messages.LONGEST == MessageLimit.MAX_TEXT_LENGTH
    assert messages.HTML == ParseMode.HTML
    assert keyboards.LONGEST_DATA == InlineKeyboardButtonLimit.MAX_CALLBACK_DATA
    assert keyboards.LONGEST_COPY == InlineKeyboardButtonLimit.MAX_COPY_TEXT
    assert cards.LONGEST_VCARD == ContactLimit.VCARD
    assert cards.MOST_RESULTS == InlineQueryLimit.RESULTS
    assert cards.LONGEST_ID == telegram.constants.InlineQueryResultLimit.MAX_ID_LENGTH
    assert poller.BATCH == PollingLimit.MAX_LIMIT
    assert webhook.CONNECTIONS == WebhookLimit.MAX_CONNECTIONS_LIMIT
    assert set(updates.KINDS) <= set(UpdateType)
    places = (updates.PRIVATE, updates.GROUP, updates.SUPERGROUP, updates.CHANNEL)
    assert places == (ChatType.PRIVATE, ChatType.GROUP, ChatType.SUPERGROUP, ChatType.CHANNEL)
    mentions = (updates.MENTION, updates.TEXT_MENTION)
    assert mentions == (MessageEntityType.MENTION, MessageEntityType.TEXT_MENTION)
    known = {ChatMemberStatus.MEMBER, ChatMemberStatus.ADMINISTRATOR, ChatMemberStatus.RESTRICTED}
    assert known == updates.INSIDE
    assert {ChatMemberStatus.LEFT, ChatMemberStatus.BANNED} == updates.OUTSIDE
    assert profile.LONGEST_COMMAND == BotCommandLimit.MAX_DESCRIPTION
    assert {scope for scope, _ in profile.SCOPES} <= set(BotCommandScopeType)
    assert profile.LIMITS == {
        "name": BotNameLimit.MAX_NAME_LENGTH,
        "description": BotDescriptionLimit.MAX_DESCRIPTION_LENGTH,
        "short_description": BotDescriptionLimit.MAX_SHORT_DESCRIPTION_LENGTH,
    }


def replies() -> list[Reply]:
    """Return replies with all kinds of contacts and options."""
    asked = ("/angebote", "/kontakt zastex", "/kontakt zmi", "Was ist ASSKomm?", "bla", "zastex und zmi")
    return [fresh_bot().respond("types", text) for text in asked]


def test_keyboards() -> None:
    """Read as objects and written again, nothing is lost: every name is one of the Bot API."""
    captions = keyboards.Captions("{value} kopieren", "Speichern", "Weitergeben")
    seen: set[str] = set()
    for reply in replies():
        markup = keyboards.keyboard(reply, captions, inline=True)
        if markup is not None:
            read = telegram.InlineKeyboardMarkup.de_json(markup)
            assert not any(button.api_kwargs for row in read.inline_keyboard for button in row)
            assert read.to_dict() == markup
            seen |= {name for row in markup["inline_keyboard"] for button in row for name in button}
    assert seen == {"text", "url", "callback_data", "copy_text", "switch_inline_query"}


def _result(values: Json) -> Json:
    """Return an inline result as the library would send it."""
    given = {key: value for key, value in values.items() if key != "type"}
    if values["type"] == "contact":
        return telegram.InlineQueryResultContact(**given).to_dict()
    content = dict(given.pop("input_message_content"))
    preview = telegram.LinkPreviewOptions(**content.pop("link_preview_options"))
    text = telegram.InputTextMessageContent(**content, link_preview_options=preview)
    return telegram.InlineQueryResultArticle(**given, input_message_content=text).to_dict()


def test_inline_results() -> None:
    """The library builds the same results from the same values."""
    results = cards.results(replies(), LABELS, {"zastex": "ZASTEX"})
    assert {result["type"] for result in results} == {"contact", "article"}
    for result in results:
        assert _result(result) == result


def test_commands_and_menu() -> None:
    for setting in profile.settings(fresh_bot().line):
        for command in setting.values.get("commands", ()):
            assert telegram.BotCommand(**command).to_dict() == command
        if "scope" in setting.query:
            assert not telegram.BotCommandScope.de_json(setting.query["scope"]).api_kwargs
    assert setting.values == {"menu_button": {"type": MenuButtonType.COMMANDS}}


def _updates() -> list[Json]:
    person = telegram.User(5, "A", False)
    private = telegram.Chat(5, ChatType.PRIVATE, first_name="A")
    now = datetime.datetime.fromtimestamp(10, datetime.UTC)
    text = telegram.Message(3, now, private, from_user=person, text="Telefon ZASTEX")
    query = telegram.CallbackQuery("q", person, "i", message=text, data="1:zastex")
    bot_user = telegram.User(7, "L", True)
    group = telegram.Chat(-100, ChatType.SUPERGROUP, title="Rat")
    change = telegram.ChatMemberUpdated(
        group, person, now, telegram.ChatMemberLeft(bot_user), telegram.ChatMemberMember(bot_user)
    )
    return [
        telegram.Update(1, message=text).to_dict(),
        telegram.Update(2, edited_message=text).to_dict(),
        telegram.Update(3, callback_query=query).to_dict(),
        telegram.Update(4, inline_query=telegram.InlineQuery("q", person, "zastex", "")).to_dict(),
        telegram.Update(5, my_chat_member=change).to_dict(),
    ]


@pytest.mark.parametrize(
    ("update", "kind"),
    list(
        zip(
            _updates(),
            (updates.Question, updates.Question, updates.Press, updates.Lookup, updates.Added),
            strict=True,
        )
    ),
)
def test_updates_that_the_library_builds_are_read(update: Json, kind: type) -> None:
    assert isinstance(updates.read(update, updates.Identity(7, "Lotse_Bot")), kind)


def test_the_running_bot_does_not_load_the_library() -> None:
    """It would take a quarter of the memory; only the doctor uses it."""
    code = (
        "import sys, adapters.telegram.channel, adapters.telegram.webhook; print('telegram' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
