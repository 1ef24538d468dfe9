"""The other side of the screen: people who type, press, edit and call inline."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from .entities import found_in_plain
from .server import BotApi
from .world import Chat, Json


@dataclass(slots=True)
class Person:
    """Somebody with a Telegram account. Everything they do becomes updates at once."""

    api: BotApi
    data: Json

    @property
    def id(self) -> int:
        """The account's number."""
        return int(self.data["id"])

    def private(self) -> Chat:
        """Return the private chat with the bot, opened at the first call."""
        world = self.api.world
        if self.id not in world.chats:
            chat = {"id": self.id, "type": "private", "first_name": self.data["first_name"]}
            world.chats[self.id] = Chat(chat, {self.id})
        return world.chats[self.id]

    # --- writing -------------------------------------------------------------

    def says(
        self,
        text: str,
        chat: Chat | None = None,
        *,
        reply_to: Json | None = None,
        thread: int | None = None,
        age: float = 0.0,
        **extra: Any,
    ) -> Json:
        """Type a message and return it. ``age``: that many seconds ago."""
        content: Json = {"text": text}
        if entities := found_in_plain(text):
            content["entities"] = entities
        return self.sends(content | extra, chat, reply_to=reply_to, thread=thread, age=age)

    def sends(
        self,
        content: Json,
        chat: Chat | None = None,
        *,
        reply_to: Json | None = None,
        thread: int | None = None,
        age: float = 0.0,
    ) -> Json:
        """Send anything (``{"voice": …}``) and return the message."""
        chat = chat or self.private()
        place: Json = {}
        if thread is not None:
            chat.topics.add(thread)
            place |= {"message_thread_id": thread, "is_topic_message": True}
        if reply_to is not None:
            place["reply_to_message"] = {k: v for k, v in reply_to.items() if k != "reply_to_message"}
        message = self.api.world.store(chat, self.data, place | content)
        message["date"] = int(time.time() - age)
        if self._visible(message, chat):
            self.api.world.add_update("message", dict(message))
        return message

    def _visible(self, message: Json, chat: Chat) -> bool:
        """Return whether a bot in privacy mode gets to see the message."""
        bot = self.api.world.bot
        if chat.private or bot["can_read_all_group_messages"] or not chat.bot_inside:
            return chat.bot_inside
        text = str(message.get("text") or message.get("caption") or "")
        service = not (
            set(message) & {"text", "caption", "voice", "photo", "sticker", "location", "document"}
        )
        answered = message.get("reply_to_message", {}).get("from", {}).get("id") == bot["id"]
        named = f"@{bot['username']}".lower() in text.lower()
        return service or answered or named or text.startswith("/")

    def edits(self, message: Json, text: str) -> Json:
        """Change a message and return it."""
        world = self.api.world
        message |= {"text": text, "edit_date": int(time.time())}
        message.pop("entities", None)
        if entities := found_in_plain(text):
            message["entities"] = entities
        if self._visible(message, world.chats[message["chat"]["id"]]):
            world.add_update("edited_message", dict(message))
        return message

    # --- pressing, calling ---------------------------------------------------

    def presses(self, message: Json, label: str) -> str:
        """Press the first button whose label contains ``label``; return the query's id."""
        rows = message.get("reply_markup", {}).get("inline_keyboard", [])
        for row in rows:
            for button in row:
                if label in button["text"] and "callback_data" in button:
                    return self.presses_data(message, button["callback_data"])
        labels = [button["text"] for row in rows for button in row]
        raise LookupError(f"no button {label!r} among {labels}")

    def presses_data(self, message: Json, data: str) -> str:
        """Press a button with any data, such as one of an older bot; return the query's id."""
        world = self.api.world
        identifier = world.next_query_id()
        world.callbacks[identifier] = None
        query = {"id": identifier, "from": self.data, "message": dict(message), "data": data}
        world.add_update("callback_query", query | {"chat_instance": str(message["chat"]["id"] * 7)})
        return identifier

    def calls_inline(self, query: str) -> str:
        """Type the bot's name and ``query`` in some chat; return the query's id."""
        world = self.api.world
        identifier = world.next_query_id()
        world.inline[identifier] = None
        body = {"id": identifier, "from": self.data, "query": query, "offset": "", "chat_type": "private"}
        world.add_update("inline_query", body)
        return identifier

    # --- membership ----------------------------------------------------------

    def blocks(self) -> None:
        """Block the bot in the private chat."""
        chat = self.private()
        chat.blocked = True
        self._membership(chat, "member", "kicked")

    def opens_group(self, title: str = "Gemeinderat", kind: str = "supergroup", forum: bool = False) -> Chat:
        """Open a group without the bot and return it."""
        world = self.api.world
        number = (
            -(1_000_000_000_000 + len(world.chats) + 1)
            if kind == "supergroup"
            else -(5000 + len(world.chats))
        )
        data: Json = {"id": number, "type": kind, "title": title}
        if forum:
            data["is_forum"] = True
        world.chats[number] = Chat(data, {self.id}, bot_inside=False)
        return world.chats[number]

    def adds_bot(self, chat: Chat) -> None:
        """Add the bot to a group: a membership update and a service message."""
        chat.bot_inside = True
        self._membership(chat, "left", "member")
        bot = {key: self.api.world.bot[key] for key in ("id", "is_bot", "first_name", "username")}
        self.sends({"new_chat_members": [bot], "new_chat_participant": bot}, chat)

    def upgrades(self, chat: Chat) -> Chat:
        """Turn a group into a supergroup and return the new chat; the bot leaves the one and is in the other."""
        world = self.api.world
        new = self.opens_group(chat.data["title"])
        new.bot_inside = True
        new.members |= chat.members
        self.sends({"migrate_to_chat_id": new.id}, chat)
        chat.moved_to = new.id
        self._membership(chat, "member", "left")
        self._membership(new, "left", "member")
        message = world.store(new, self.data, {"migrate_from_chat_id": chat.id})
        world.add_update("message", dict(message))
        return new

    def _membership(self, chat: Chat, old: str, new: str) -> None:
        bot = {key: self.api.world.bot[key] for key in ("id", "is_bot", "first_name", "username")}

        def status(name: str) -> Json:
            until = {"until_date": 0} if name == "kicked" else {}
            return {"user": bot, "status": name} | until

        change = {"chat": chat.data, "from": self.data, "date": int(time.time())}
        change |= {"old_chat_member": status(old), "new_chat_member": status(new)}
        self.api.world.add_update("my_chat_member", change)


def person(api: BotApi, number: int = 501, name: str = "Annegret") -> Person:
    """Return a person with an account; the same number is the same person."""
    data = api.world.people.setdefault(
        number, {"id": number, "is_bot": False, "first_name": name, "language_code": "de"}
    )
    return Person(api, data)


def messages_in(api: BotApi, chat: Chat) -> list[Json]:
    """Return all messages of a chat in order, as they look now."""
    return [message for (where, _), message in sorted(api.world.messages.items()) if where == chat.id]


def answers_in(api: BotApi, chat: Chat) -> list[Json]:
    """Return the bot's messages in a chat in order, as they look now."""
    own = api.world.bot["id"]
    return [message for message in messages_in(api, chat) if message.get("from", {}).get("id") == own]
