"""Answers what is said to the bot in a room: decrypt, decide whether it is meant, ask the desk, send."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any

from adapters.base import Desk
from adapters.matrix import outgoing
from adapters.matrix.account import Device
from adapters.matrix.addressing import Situation, asked, event_id, is_command, is_named, read
from adapters.matrix.api import Json, MatrixError, path
from adapters.matrix.bounds import Burst
from adapters.matrix.conversations import Conversations
from adapters.matrix.decryption import BadMessageError, MissingKeyError
from adapters.matrix.delivery import Delivery
from adapters.matrix.heard import Heard, Question, thread_of
from adapters.matrix.notices import Notices
from adapters.matrix.outgoing import NUMBERS, Place, transaction
from adapters.matrix.rooms import Rooms
from adapters.matrix.settings import MatrixSettings
from adapters.render import Labels
from bot.reply import Outcome, Reply

log = logging.getLogger("lotse.matrix")

_LATE = 600.0
"""Seconds after which an answer says that it comes late."""
_LONGEST_QUEUE = 200
"""Messages of somebody behind a question of theirs for which it is not answered any more, unless it tells of danger."""
_HELP = "!hilfe"


class Answering:
    """Turns heard events into answers. ``names`` are those that the bot may be called by."""

    def __init__(
        self,
        settings: MatrixSettings,
        desk: Desk,
        device: Device,
        *,
        rooms: Rooms,
        delivery: Delivery,
        notices: Notices,
        names: tuple[str, ...],
    ) -> None:
        self._settings = settings
        self._desk = desk
        self._api = device.api
        self._store = device.store
        self._machine = device.machine
        self._rooms = rooms
        self._delivery = delivery
        self._notices = notices
        self._names = names
        self._conversations = Conversations()
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
        utterance = read(self._content(heard))
        if utterance is None:
            return
        question = Question(await self._rooms.load(heard.room), heard, utterance, heard.id)
        if utterance.edits:
            await self._edited(question)
        else:
            await self._asked(question, waiting)

    def is_urgent(self, heard: Heard) -> bool:
        """Return whether an event tells the bot of danger, as far as can be known before its turn."""
        room = self._rooms.get(heard.room)
        if not room.loaded or heard.sender == self._machine.user or self._store.seen(heard.id):
            return False
        try:
            utterance = read(self._content(heard))
        except MissingKeyError:
            return False
        if utterance is None or utterance.media or utterance.edits:
            return False
        # What is not addressed to the bot is none of its business.
        text = asked(utterance, self._situation(Question(room, heard, utterance, heard.id)))
        return bool(text) and self._is_danger(text or "")

    # --- what was said ---------------------------------------------------------------

    def _content(self, heard: Heard) -> Json | None:
        """Return the content of a message, ``None`` if it is none or cannot be read by anybody."""
        if heard.kind != "m.room.encrypted":
            return heard.content if heard.kind == "m.room.message" else None
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

    def _situation(self, question: Question) -> Situation:
        replied = question.utterance.reply_to
        return Situation(
            user=self._machine.user,
            names=tuple(dict.fromkeys(name for name in (question.room.own_name, *self._names) if name)),
            private=question.room.private,
            reply_to_bot=bool(replied) and self._store.is_reply(replied),
            in_thread=self._conversations.is_in_thread(question),
            offered=self._conversations.is_offered(question),
        )

    async def _asked(self, question: Question, waiting: int) -> None:
        room, heard, utterance = question.room, question.heard, question.utterance
        situation = self._situation(question)
        text = asked(utterance, situation)
        if text is None or (utterance.media and not room.private and not is_named(utterance, situation)):
            return
        age = heard.age
        if age > self._settings.catch_up and (utterance.media or not self._is_danger(text)):
            await self._notices.too_old(room, heard)
            return
        place = question.place(one_of_several=waiting > 0)
        reply = None if utterance.media else self._desk.respond(question.conversation, text or _HELP)
        if reply is None:
            content = outgoing.line(self._desk.line("media"), place)
        elif self._is_for_another_bot(question, situation, text, reply):
            return
        else:
            content = self._answer(reply, place, late=age > _LATE)
        if waiting > _LONGEST_QUEUE and (reply is None or reply.outcome is not Outcome.EMERGENCY):
            await self._notices.flooded(room, heard)
            return
        if reply is not None:
            self._conversations.remember(question, reply)
        answer = await self._delivery.send(room, content, transaction(question.id, "answer"))
        self._store.add(question.id, answer)
        if question.id != heard.id:
            self._store.add(heard.id)
        if reply is not None:
            await self._offer_reactions(question, reply, answer, place)
        self._delivery.read(room.id, heard.id, utterance.thread)

    async def _edited(self, edit: Question) -> None:
        """Answer the edit of a question: edit the answer, or answer it if it was none before.

        Danger is said in a new message: an edit far above is seen by nobody.
        """
        heard = edit.heard
        original = await self._own_question(heard, edit.utterance.edits)
        if original is None:
            return
        # The edit does not say in which thread the question stands.
        utterance = replace(edit.utterance, thread=thread_of(original))
        question = Question(edit.room, heard, utterance, edit.utterance.edits)
        answer = self._store.reply_to(question.id)
        if not answer:
            await self._asked(question, 0)
            return
        if heard.age > self._settings.catch_up:
            return
        text = asked(utterance, Situation(self._machine.user, self._names, private=True))
        reply = self._desk.respond(question.conversation, text or _HELP)
        self._conversations.remember(question, reply)
        content = self._answer(reply, question.place(), late=False)
        is_alarm = reply.outcome is Outcome.EMERGENCY
        if not is_alarm:
            content = outgoing.edit(content, answer)
        sent = await self._delivery.send(edit.room, content, transaction(heard.id, "edit"))
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

    def _answer(self, reply: Reply, place: Place, late: bool) -> Json:
        labels = Labels.read(self._desk.line)
        return outgoing.answer(reply, place, labels, self._desk.line("late") if late else "")

    @staticmethod
    def _is_for_another_bot(question: Question, situation: Situation, text: str, reply: Reply) -> bool:
        unsaid = not situation.private and not situation.reply_to_bot and not question.utterance.mentions
        return (
            unsaid
            and is_command(text)
            and text == question.utterance.text.strip()
            and reply.outcome is Outcome.FALLBACK
        )

    def _is_danger(self, text: str) -> bool:
        """Return whether a text tells of danger, which is answered at any age."""
        return self._desk.look_up(text).outcome is Outcome.EMERGENCY

    # --- options as reactions ----------------------------------------------------------

    async def _offer_reactions(self, question: Question, reply: Reply, answer: str, place: Place) -> None:
        if not self._settings.reactions or not reply.options or not answer:
            return
        offer = self._conversations.offer(question, reply, answer, place)
        try:
            for number in NUMBERS[: len(offer.choices)]:
                content = outgoing.reaction(answer, number)
                await self._delivery.send(question.room, content, transaction(answer, number), "m.reaction")
        except MatrixError as error:  # the numbers stand in the answer, too
            log.debug("reactions were refused", extra={"error": str(error)})

    async def _react(self, heard: Heard) -> None:
        relation = heard.content.get("m.relates_to")
        if not self._settings.reactions or not isinstance(relation, dict):
            return
        offer = self._conversations.offer_under(event_id(relation.get("event_id")), heard.sender)
        key = relation.get("key")
        if offer is None or key not in NUMBERS[: len(offer.choices)]:
            return
        room = await self._rooms.load(heard.room)
        reply = self._desk.choose(offer.conversation, offer.choices[NUMBERS.index(key)])
        content = self._answer(reply, offer.place, late=False)
        answer = await self._delivery.send(room, content, transaction(heard.id, "answer"))
        self._store.add(heard.id, answer)
