"""What the server knows: the bot, people, chats, messages and waiting updates."""

from __future__ import annotations

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from .refusals import RefusalError, bad_request, forbidden, migrated

Json = dict[str, Any]

DEFAULT_KINDS = frozenset(
    {"message", "edited_message", "channel_post", "edited_channel_post", "callback_query", "inline_query"}
    | {"my_chat_member", "chosen_inline_result", "chat_join_request", "poll", "poll_answer", "guest_message"}
)
"""What is delivered when a bot has not said what it wants (not reactions, not members)."""


@dataclass(slots=True)
class Chat:
    """A place to talk in. ``members`` are ids of people; the bot is told apart."""

    data: Json
    members: set[int] = field(default_factory=set)
    bot_inside: bool = True
    bot_may_write: bool = True
    blocked: bool = False
    moved_to: int | None = None
    topics: set[int] = field(default_factory=set)
    closed_topics: set[int] = field(default_factory=set)

    @property
    def id(self) -> int:
        """The id of the chat."""
        return int(self.data["id"])

    @property
    def private(self) -> bool:
        """Whether this is a chat of one person with the bot."""
        return bool(self.data["type"] == "private")


class World:
    """Everything behind the API. Nothing here does any input or output."""

    def __init__(self, name: str = "Sicherheitslotse", username: str = "lotse_test_bot") -> None:
        self.bot: Json = {
            "id": 7001,
            "is_bot": True,
            "first_name": name,
            "username": username,
            "can_join_groups": True,
            "can_read_all_group_messages": False,
            "supports_inline_queries": True,
        }
        self.people: dict[int, Json] = {}
        self.chats: dict[int, Chat] = {}
        self.messages: dict[tuple[int, int], Json] = {}
        self.updates: list[Json] = []
        self.changed = asyncio.Event()
        self.wanted: frozenset[str] = DEFAULT_KINDS
        self.callbacks: dict[str, Json | None] = {}
        self.inline: dict[str, Json | None] = {}
        self.settings: dict[tuple[str, str, str], Any] = {}
        self._update_ids = itertools.count(100_000)
        self._box = itertools.count(1)
        self._boxes: dict[int, itertools.count[int]] = {}
        self._queries = itertools.count(1)

    # --- ids ---------------------------------------------------------------

    def next_message_id(self, chat: Chat) -> int:
        """Return a fresh id: one box for private chats and groups, one for each supergroup."""
        if chat.data["type"] == "supergroup":
            return next(self._boxes.setdefault(chat.id, itertools.count(1)))
        return next(self._box)

    def next_query_id(self) -> str:
        """Return the id of a callback or inline query."""
        return str(4_000_000_000 + next(self._queries))

    # --- messages ----------------------------------------------------------

    def store(self, chat: Chat, sender: Json | None, content: Json) -> Json:
        """Keep a new message and return it."""
        message: Json = {
            "message_id": self.next_message_id(chat),
            "date": int(time.time()),
            "chat": chat.data,
        }
        if sender is not None:
            message["from"] = sender
        message.update(content)
        self.messages[chat.id, message["message_id"]] = message
        return message

    def add_update(self, kind: str, payload: Json) -> int | None:
        """Queue an update if its kind is wanted; return its id."""
        if kind not in self.wanted:
            return None
        return self.add_raw({kind: payload})

    def add_raw(self, body: Json) -> int:
        """Queue an update of any shape; return its id."""
        identifier = next(self._update_ids)
        self.updates.append({"update_id": identifier} | body)
        self.changed.set()
        return identifier

    def confirm_before(self, offset: int) -> None:
        """Forget the updates that an offset confirms; negative: all but the last ones."""
        if offset < 0:
            self.updates = self.updates[offset:]
        else:
            self.updates = [update for update in self.updates if update["update_id"] >= offset]

    # --- chats -------------------------------------------------------------

    def writable(self, chat_id: int | None, thread: int | None = None) -> Chat:
        """Return the chat the bot wants to write to; raises the refusal the API would give."""
        if chat_id is None:
            raise bad_request("chat_id is empty")
        chat = self.chats.get(chat_id)
        if chat is None:
            raise bad_request("chat not found")
        self._refuse(chat)
        if thread is not None and (thread not in chat.topics or thread in chat.closed_topics):
            raise bad_request("message thread not found" if thread not in chat.topics else "TOPIC_CLOSED")
        return chat

    @staticmethod
    def _refuse(chat: Chat) -> None:
        refusal: RefusalError | None = None
        if chat.moved_to is not None:
            refusal = migrated(chat.moved_to)
        elif chat.blocked:
            refusal = forbidden("bot was blocked by the user")
        elif not chat.bot_inside:
            refusal = forbidden(f"bot was kicked from the {chat.data['type']} chat")
        elif not chat.bot_may_write:
            refusal = bad_request("not enough rights to send text messages to the chat")
        if refusal is not None:
            raise refusal

    def own_message(self, chat_id: int | None, message_id: int | None, purpose: str = "edit") -> Json:
        """Return a message of the bot; raises the refusal for any other."""
        chat = self.writable(chat_id)
        message = self.messages.get((chat.id, message_id or 0))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        if message.get("from", {}).get("id") != self.bot["id"]:
            raise bad_request(
                f"message can't be {purpose}ed" if purpose == "edit" else "message can't be deleted"
            )
        return message
