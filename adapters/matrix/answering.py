"""Answers what is said to the bot in a room: decrypt, decide whether it is meant, ask the desk, send."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, replace
from typing import Any

from adapters.base import Desk
from adapters.matrix import outgoing
from adapters.matrix.addressing import Situation, Utterance, asked, event_id, is_command, is_named, read
from adapters.matrix.api import Api, Json, MatrixError, path
from adapters.matrix.bounds import Burst, Recent
from adapters.matrix.crypto import Machine
from adapters.matrix.decryption import BadMessageError
from adapters.matrix.delivery import Delivery
from adapters.matrix.outgoing import NUMBERS, Place, transaction
from adapters.matrix.rooms import Room, Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.matrix.store import Store
from adapters.render import Labels
from bot.reply import Outcome, Reply

log = logging.getLogger("lotse.matrix")

_LATEST = 2.0**53
"""Milliseconds; the largest number that Matrix knows."""
_LATE = 600.0
"""Seconds after which an answer says that it comes late."""
_REMEMBERED = 5000
_LONGEST_QUEUE = 200
"""Messages of somebody behind a question of theirs for which it is not answered any more, unless it tells of danger."""
_HELP = "!hilfe"
_UNREADABLE = "unreadable "
_APART = "matrix:apart"
"""The conversation of look-ups that must not disturb anybody's session."""


@dataclass(frozen=True, slots=True)
class Heard:
    """An event of a room that may be said to the bot. ``sent`` is in seconds since 1970."""

    room: str
    id: str
    sender: str
    kind: str
    content: Json
    sent: float
    source: Json

    @classmethod
    def of(cls, room: str, event: object) -> Heard | None:
        """Return a timeline event of a sync, ``None`` if it is malformed or a state event."""
        if not isinstance(event, dict) or "state_key" in event:
            return None
        identity, sender, kind = event_id(event.get("event_id")), event.get("sender"), event.get("type")
        content, sent = event.get("content"), event.get("origin_server_ts")
        if not identity or not isinstance(sender, str) or not isinstance(kind, str):
            return None
        if not isinstance(content, dict) or not isinstance(sent, int | float) or not 0 <= sent <= _LATEST:
            return None
        return cls(room, identity, sender, kind, content, sent / 1000, event)


@dataclass(frozen=True, slots=True)
class _Offer:
    conversation: str
    person: str
    choices: tuple[str, ...]
    place: Place


class Answering:
    """Turns heard events into answers. Everything it remembers of people is in memory and bounded."""

    def __init__(
        self,
        settings: MatrixSettings,
        desk: Desk,
        *,
        api: Api,
        store: Store,
        machine: Machine,
        rooms: Rooms,
        delivery: Delivery,
        names: tuple[str, ...],
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._api = api
        self._store = store
        self._machine = machine
        self._rooms = rooms
        self._delivery = delivery
        self._names = names
        self._labels = Labels.read(desk.line)
        self._since = store.mark("sync")
        self._threads: Recent[str, None] = Recent(_REMEMBERED)
        self._offered: Recent[str, None] = Recent(_REMEMBERED)
        self._offers: Recent[str, _Offer] = Recent(_REMEMBERED)
        self._dropped = Burst("encrypted messages were dropped")

    async def hear(self, heard: Heard, waiting: int) -> None:
        """Handle one event, ``waiting`` more of whose sender are queued in its room.

        Raises ``MissingKeyError`` when it cannot be decrypted yet.
        """
        if heard.sender == self._machine.user or self._store.seen(heard.id):
            return
        if heard.kind == "m.reaction":
            await self._react(heard)
            return
        content: Json | None = heard.content
        if heard.kind == "m.room.encrypted":
            content = self._decrypted(heard)
        elif heard.kind != "m.room.message":
            return
        utterance = read(content)
        if utterance is None:
            return
        room = await self._rooms.load(heard.room)
        if utterance.edits:
            await self._edited(room, heard, utterance)
        else:
            await self._asked(room, heard, utterance, heard.id, waiting)

    async def tell_unreadable(self, heard: Heard, withheld: str) -> None:
        """Say once to a person in a room what to do about messages the bot cannot decrypt."""
        room = await self._rooms.load(heard.room)
        old = time.time() - heard.sent > self._settings.catch_up
        if old or self._store.seen(_UNREADABLE + heard.id):
            return
        if heard.sender not in room.told_unreadable:
            await self._say_unreadable(room, heard, withheld)
            room.told_unreadable[heard.sender] = None
        self._store.add(_UNREADABLE + heard.id)

    async def _say_unreadable(self, room: Room, heard: Heard, withheld: str) -> None:
        key = "undecryptable_unverified" if withheld == "m.unverified" else "undecryptable"
        place = Place(heard.id, _thread_of(heard.content), "" if room.private else heard.sender)
        content = outgoing.line(self._desk.line(key), place)
        await self._delivery.send(room, content, transaction(heard.id, "unreadable"))

    def told_unreadable(self) -> frozenset[str]:
        """Return the ids of messages that were told to be unreadable and are not answered, as far as kept."""
        since = time.time() - self._settings.catch_up
        return self._store.unanswered(_UNREADABLE, since)

    async def welcome(self, room_id: str, joined: str) -> None:
        """Say once in a room who the bot is and who sees what is written there."""
        if self._store.seen(joined):
            return
        room = await self._rooms.load(room_id)
        lines = [self._desk.line(key) for key in ("welcome", "welcome_danger", "privacy_matrix")]
        if not room.private:
            name = room.own_name or self._names[0]
            lines[:2] = [self._desk.line("group_greeting", name=name)]
        await self._delivery.send(room, outgoing.line("\n\n".join(lines)), transaction(joined, "welcome"))
        self._store.add(joined)

    # --- what was said ---------------------------------------------------------------

    def _decrypted(self, heard: Heard) -> Json | None:
        try:
            payload = self._machine.decryption.decrypt(heard.room, heard.source)
        except BadMessageError as error:
            self._dropped.note(str(error))
            return None
        if payload["type"] != "m.room.message":
            return None
        content: dict[str, Any] = payload["content"]
        # What a message relates to stands outside of the encryption.
        if "m.relates_to" in heard.content:
            content = {**content, "m.relates_to": heard.content["m.relates_to"]}
        return content

    def _situation(self, room: Room, heard: Heard, utterance: Utterance) -> Situation:
        conversation = _conversation(heard, utterance)
        return Situation(
            user=self._machine.user,
            names=tuple(dict.fromkeys(name for name in (room.own_name, *self._names) if name)),
            private=room.private,
            reply_to_bot=bool(utterance.reply_to) and self._store.is_reply(utterance.reply_to),
            in_thread=bool(utterance.thread) and conversation in self._threads,
            offered=conversation in self._offered,
        )

    async def _asked(
        self, room: Room, heard: Heard, utterance: Utterance, question: str, waiting: int
    ) -> None:
        situation = self._situation(room, heard, utterance)
        text = asked(utterance, situation)
        if text is None or (utterance.media and not room.private and not is_named(utterance, situation)):
            return
        age = time.time() - heard.sent
        if age > self._settings.catch_up and (utterance.media or not self._is_danger(text)):
            await self._too_old(room, heard)
            return
        is_flood = waiting > _LONGEST_QUEUE
        if is_flood and utterance.media:
            await self._flooded(room, heard)
            return
        place = self._place(room, heard, utterance, question, waiting)
        if utterance.media:
            content = outgoing.line(self._desk.line("media"), place)
        else:
            conversation = _conversation(heard, utterance)
            reply = self._desk.respond(conversation, text or _HELP)
            if self._is_for_another_bot(situation, text, reply, utterance):
                return
            if is_flood and reply.outcome is not Outcome.EMERGENCY:
                await self._flooded(room, heard)
                return
            content = self._answer(reply, place, late=age > _LATE)
            self._remember(conversation, utterance, reply)
        answer = await self._delivery.send(room, content, transaction(question, "answer"))
        self._store.add(question, answer)
        if question != heard.id:
            self._store.add(heard.id)
        if not utterance.media:
            await self._offer_reactions(room, heard, utterance, reply=reply, answer=answer, place=place)
        self._delivery.read(room.id, heard.id, utterance.thread)

    async def _edited(self, room: Room, heard: Heard, utterance: Utterance) -> None:
        """Answer the edit of a question: edit the answer, or answer it if it was none before.

        Danger is said in a new message: an edit far above is seen by nobody.
        """
        question = utterance.edits
        original = await self._own_question(heard, question)
        if original is None:
            return
        # The edit does not say in which thread the question stands.
        utterance = replace(utterance, thread=_thread_of(original))
        answer = self._store.reply_to(question)
        if not answer:
            await self._asked(room, heard, utterance, question, 0)
            return
        if time.time() - heard.sent > self._settings.catch_up:
            return
        conversation = _conversation(heard, utterance)
        text = asked(utterance, Situation(self._machine.user, self._names, private=True))
        reply = self._desk.respond(conversation, text or _HELP)
        self._remember(conversation, utterance, reply)
        place = self._place(room, heard, utterance, question, 0)
        content = self._answer(reply, place, late=False)
        is_alarm = reply.outcome is Outcome.EMERGENCY
        if not is_alarm:
            content = outgoing.edit(content, answer)
        sent = await self._delivery.send(room, content, transaction(heard.id, "edit"))
        self._store.add(heard.id, sent if is_alarm else "")

    async def _own_question(self, heard: Heard, question: str) -> Json | None:
        """Return the content of what ``heard`` edits, ``None`` if its sender did not write that."""
        # Anybody may claim to edit anything; only the author of a question may change its answer.
        try:
            original = await self._api.get(path("rooms", heard.room, "event", question))
        except MatrixError as error:
            if error.passing:
                raise
            return None
        content = original.get("content")
        own = original.get("sender") == heard.sender and isinstance(content, dict)
        return content if own else None

    def _place(self, room: Room, heard: Heard, utterance: Utterance, question: str, waiting: int) -> Place:
        # Between two people a quote is clutter, unless it says which of several questions is meant.
        quote = not room.private or waiting > 0 or time.time() - heard.sent > 60
        thread = utterance.thread or _thread_of(heard.content)
        return Place(question, thread, "" if room.private else heard.sender, quote)

    def _answer(self, reply: Reply, place: Place, late: bool) -> Json:
        return outgoing.answer(reply, place, self._labels, self._desk.line("late") if late else "")

    def _is_for_another_bot(
        self, situation: Situation, text: str, reply: Reply, utterance: Utterance
    ) -> bool:
        unsaid = not situation.private and not situation.reply_to_bot and not utterance.mentions
        return (
            unsaid
            and is_command(text)
            and text == utterance.text.strip()
            and reply.outcome is Outcome.FALLBACK
        )

    def _is_danger(self, text: str) -> bool:
        """Return whether a text tells of danger, which is answered at any age; no conversation remembers it."""
        reply = self._desk.respond(_APART, text)
        self._desk.forget(_APART)
        return reply.outcome is Outcome.EMERGENCY

    async def _too_old(self, room: Room, heard: Heard) -> None:
        """Say once in a room that old questions are not answered."""
        if not room.told_old:
            room.told_old = True
            # The same after a kill, as long as the stored token is the same.
            token = transaction(f"{self._since}|{room.id}", "too old")
            await self._delivery.send(room, outgoing.line(self._desk.line("too_old")), token)
        self._store.add(heard.id)

    async def _flooded(self, room: Room, heard: Heard) -> None:
        """Drop a question of somebody who asks faster than anybody can read, and say so now and then."""
        self._store.add(heard.id)
        if room.told_flood_at + 60 < time.time():
            room.told_flood_at = time.time()
            await self._delivery.send(
                room, outgoing.line(self._desk.line("flood")), transaction(heard.id, "flood")
            )

    # --- what is remembered ------------------------------------------------------------

    def _remember(self, conversation: str, utterance: Utterance, reply: Reply) -> None:
        if utterance.thread:
            self._threads[conversation] = None
        self._offered.pop(conversation, None)
        if reply.options:
            self._offered[conversation] = None

    async def _offer_reactions(
        self, room: Room, heard: Heard, utterance: Utterance, *, reply: Reply, answer: str, place: Place
    ) -> None:
        if not self._settings.reactions or not reply.options or not answer:
            return
        choices = tuple(option.choice for option in reply.options)
        self._offers[answer] = _Offer(_conversation(heard, utterance), heard.sender, choices, place)
        try:
            for number in NUMBERS[: len(choices)]:
                content = outgoing.reaction(answer, number)
                await self._delivery.send(room, content, transaction(answer, number), "m.reaction")
        except MatrixError as error:  # the numbers stand in the answer, too
            log.debug("reactions were refused", extra={"error": str(error)})

    async def _react(self, heard: Heard) -> None:
        relation = heard.content.get("m.relates_to")
        if not self._settings.reactions or not isinstance(relation, dict):
            return
        offer = self._offers.get(event_id(relation.get("event_id")))
        key = relation.get("key")
        if offer is None or offer.person != heard.sender or key not in NUMBERS[: len(offer.choices)]:
            return
        room = await self._rooms.load(heard.room)
        reply = self._desk.choose(offer.conversation, offer.choices[NUMBERS.index(key)])
        content = self._answer(reply, offer.place, late=False)
        answer = await self._delivery.send(room, content, transaction(heard.id, "answer"))
        self._store.add(heard.id, answer)


def _conversation(heard: Heard, utterance: Utterance) -> str:
    thread = utterance.thread or _thread_of(heard.content)
    return f"{heard.room}|{thread}|{heard.sender}"


def _thread_of(content: Json) -> str:
    relation = content.get("m.relates_to")
    if isinstance(relation, dict) and relation.get("rel_type") == "m.thread":
        return event_id(relation.get("event_id"))
    return ""
