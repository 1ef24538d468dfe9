"""What is answered to an update: the core's reply, turned into a parcel to deliver.

Everything here is synchronous and quick, so an emergency is recognised the
moment it arrives, before any queue.
"""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

from adapters import render
from adapters.base import Desk
from adapters.telegram import cards, messages
from adapters.telegram.keyboards import Captions, Card, Choice, fingerprint, is_of, read_data
from adapters.telegram.messages import Step
from adapters.telegram.updates import (
    Added,
    Ask,
    Identity,
    Lookup,
    Place,
    Press,
    Question,
    Start,
    Unreadable,
)
from adapters.telegram.wording import words
from bot.layout import OFFERS
from bot.reply import Contact, Outcome, Reply

LATE = 120.0
"""Age in seconds from which an emergency is told that its answer is late."""
_MOST_CHATS = 10_000
_MOST_ALBUMS = 1_000
_MOST_RENDERED = 512


@dataclass(frozen=True, slots=True)
class Parcel:
    """An answer to deliver.

    ``update`` is the id of what it answers (``None`` for a notice), ``question``
    the message asked, ``replaces`` a message of ours to edit instead of sending
    a new one, ``revises`` whether the answer given to ``question`` is to be
    edited. ``first`` is called without waiting for anything.
    """

    update: int | None
    place: Place
    steps: tuple[Step, ...]
    question: int | None = None
    replaces: int | None = None
    revises: bool = False
    urgent: bool = False
    first: Step | None = None


class Responder:
    """Answers what updates ask, by the desk."""

    def __init__(
        self,
        desk: Desk,
        me: Identity,
        catch_up: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._desk = desk
        self._me = me
        self._catch_up = catch_up
        self._clock = clock
        # The same few answers are given again and again.
        self._rendered = lru_cache(maxsize=_MOST_RENDERED)(messages.steps)
        self._told_too_old: OrderedDict[int, None] = OrderedDict()
        self._albums: OrderedDict[tuple[int, str], None] = OrderedDict()

    # --- messages ------------------------------------------------------------

    def question(self, ask: Question) -> Parcel | None:
        """Answer words. Old ones get one line a chat, but danger is answered at any age."""
        age = self._clock() - ask.at
        self._keep_album(ask)
        if age > self._catch_up:
            return self._old_question(ask)
        self._told_too_old.pop(ask.place.chat, None)
        reply = self._desk.respond(ask.conversation, ask.text)
        urgent = reply.outcome is Outcome.EMERGENCY
        if urgent and age > LATE:
            reply = self._late(reply)
        return Parcel(
            update=None,
            place=ask.place,
            steps=self._steps(reply),
            question=ask.message,
            revises=ask.edited and not urgent,
            urgent=urgent,
        )

    def _old_question(self, ask: Question) -> Parcel | None:
        alone = self._desk.look_up(ask.text)
        if alone.outcome is not Outcome.EMERGENCY:
            return self._too_old(ask.place)
        # Once more where it was said: that conversation has to know of it when the person writes again.
        reply = self._desk.respond(ask.conversation, ask.text)
        steps = self._steps(self._late(reply if reply.outcome is Outcome.EMERGENCY else alone))
        return Parcel(None, ask.place, steps, question=ask.message, urgent=True)

    def _too_old(self, place: Place) -> Parcel | None:
        if place.chat in self._told_too_old:
            return None
        self._told_too_old[place.chat] = None
        if len(self._told_too_old) > _MOST_CHATS:
            self._told_too_old.popitem(last=False)
        return Parcel(None, place, self._say("too_old"))

    def start(self, ask: Start) -> Parcel | None:
        """Welcome somebody, or answer the link that brought them here."""
        if self._clock() - ask.at > self._catch_up:
            return self._too_old(ask.place)
        linked = self._linked(ask.conversation, ask.payload)
        reply = linked or self._desk.choose(ask.conversation, OFFERS)
        line = self._line
        privacy = line("privacy_telegram")
        if linked is None:
            lead = (line("welcome"), line("welcome_danger"), privacy)
            reply = replace(reply, paragraphs=(*lead, *reply.paragraphs))
        else:
            reply = replace(reply, paragraphs=(*reply.paragraphs, privacy))
        return Parcel(None, ask.place, self._steps(reply), question=ask.message)

    def _linked(self, conversation: str, payload: str) -> Reply | None:
        """Return the reply that a payload (``zastex``, ``zmi-contact``) leads to, if it does."""
        if not payload:
            return None
        topic, _, side = payload.lower().partition("-")
        reply = self._desk.choose(conversation, f"{topic}.{side}" if side else topic)
        good = reply.outcome is Outcome.ANSWER and reply.topics[:1] == (topic,)
        return reply if good else None

    def unreadable(self, ask: Unreadable) -> Parcel | None:
        """Say that pictures, voices and the like cannot be read."""
        if self._clock() - ask.at > self._catch_up:
            return self._too_old(ask.place)
        is_answered = self._is_answered(ask)
        self._keep_album(ask)
        return None if is_answered else Parcel(None, ask.place, self._say("media"), question=ask.message)

    def _is_answered(self, ask: Unreadable) -> bool:
        """Return whether another picture of the same album was answered before; ten pictures are one question."""
        return bool(ask.album) and (ask.place.chat, ask.album) in self._albums

    def _keep_album(self, ask: Question | Unreadable) -> None:
        """Remember the album that a picture belongs to, and the latest of them only."""
        if ask.album:
            self._albums[ask.place.chat, ask.album] = None
            if len(self._albums) > _MOST_ALBUMS:
                self._albums.popitem(last=False)

    def added(self, ask: Added) -> Parcel:
        """Greet a group: who this is, how to call it, what Telegram sees."""
        line = self._line
        greeting = Reply(
            Outcome.ANSWER,
            (line("group_greeting", name=f"@{self._me.username}"), line("privacy_telegram")),
        )
        return Parcel(None, ask.place, self._steps(greeting))

    def flood(self, place: Place) -> Parcel:
        """Ask a chat to slow down."""
        quiet = replace(place, reply_to=None)
        return Parcel(None, quiet, self._say("flood"))

    def broken(self, ask: Ask | None) -> Parcel | None:
        """Apologise where an answer was due and something broke."""
        if not isinstance(ask, Question | Start | Press) or ask.place is None:
            return None
        return Parcel(None, ask.place, self._say("error"))

    # --- buttons -------------------------------------------------------------

    def press(self, ask: Press) -> Parcel | None:
        """Answer a pressed button by changing the message it hangs under; that of an emergency stays."""
        answered = Step("answerCallbackQuery", {"callback_query_id": ask.query}, once=False)
        if ask.place is None:
            return Parcel(None, Place(0), (), first=answered)
        meaning = read_data(ask.data)
        if isinstance(meaning, Card):
            found = self._card(meaning)
            if found is not None:
                topic, contact = found
                method, values, file = cards.contact_call(contact, self._desk.titles().get(topic, ""))
                step = Step(method, values, file=file)
                return Parcel(None, ask.place, (step,), question=ask.message, first=answered)
        # What this version does not know is passed on: the core answers it politely.
        choice = meaning if isinstance(meaning, Choice) else Choice("?")
        reply = self._desk.choose(ask.conversation, choice.choice)
        return Parcel(
            None,
            ask.place,
            self._steps(reply),
            question=ask.message if choice.keeps else None,
            replaces=None if choice.keeps else ask.message,
            urgent=reply.outcome is Outcome.EMERGENCY,
            first=answered,
        )

    def _card(self, wanted: Card) -> tuple[str, Contact] | None:
        """Return the card that a button asks for, with its topic: whole, also where a part of it was left out."""
        every = [(topic, contact) for topic in wanted.topics for contact in self._desk.cards(topic)]
        return next((found for found in every if is_of(found[1], wanted.fingerprint)), None)

    # --- inline mode ---------------------------------------------------------

    def lookup(self, ask: Lookup) -> Step:
        """Return the results for what was typed after our name; nothing typed gives the offers."""
        titles = self._desk.titles()
        replies = self._found(ask.text) if ask.text else self._contacts_of(tuple(titles))
        found = cards.results(replies, self._labels(), titles)
        values = {
            "inline_query_id": ask.query,
            "results": found,
            "cache_time": cards.CACHE_SECONDS,
            "is_personal": False,
        }
        if caption := self._line("button_ask"):
            values["button"] = {"text": caption, "start_parameter": "inline"}
        return Step("answerInlineQuery", values, once=False)

    def _found(self, text: str) -> list[Reply]:
        """Return the replies to a question, with the contacts of the topics it is about."""
        reply = self._desk.look_up(text)
        if (reply.contacts and len(reply.topics) < 2) or reply.outcome is Outcome.EMERGENCY:
            return [reply]
        if reply.outcome not in (Outcome.ANSWER, Outcome.CLARIFY):
            return []
        contacts = self._contacts_of(reply.topics)
        return contacts or ([reply] if reply.outcome is Outcome.ANSWER else [])

    def _contacts_of(self, topics: tuple[str, ...]) -> list[Reply]:
        replies = [self._desk.leads_to(f"{topic}.contact") for topic in topics]
        return [
            reply
            for reply, topic in zip(replies, topics, strict=True)
            if reply.contacts and reply.topics == (topic,)
        ]

    # --- both ----------------------------------------------------------------

    def _steps(self, reply: Reply) -> tuple[Step, ...]:
        # What is not shown is left out before, so that the same words are rendered once.
        shown = Reply(
            reply.outcome, reply.paragraphs, reply.contacts, reply.options, reply.source, reply.topics
        )
        inline, owners = self._me.inline, self._owners(reply)
        return self._rendered(shown, self._labels(), self._captions(), inline, owners)

    # The words of the content in force: it may change between two answers.

    def _labels(self) -> render.Labels:
        return render.Labels.read(self._line)

    def _captions(self) -> Captions:
        return Captions(
            copy=self._line("button_copy", value="{value}"),
            save=self._line("button_save"),
            share=self._line("button_share"),
        )

    def _owners(self, reply: Reply) -> tuple[str, ...]:
        """Return the topic of each contact of a reply, ``""`` where it is not known.

        A refusal is about no topic; its card is that of an offer to choose from.
        """
        if len(reply.topics) == 1 or not reply.contacts:
            return reply.topics * len(reply.contacts)
        offered = (option.choice.partition(".")[0] for option in reply.options)
        shown = {topic: self._desk.cards(topic) for topic in dict.fromkeys((*reply.topics, *offered))}
        return tuple(_owner(fingerprint(contact), shown) for contact in reply.contacts)

    def _late(self, reply: Reply) -> Reply:
        return replace(reply, paragraphs=(*reply.paragraphs, self._line("late")))

    def _line(self, key: str, **values: str) -> str:
        return words(self._desk.line, key, **values)

    def _say(self, key: str) -> tuple[Step, ...]:
        text = self._line(key)
        return (messages.sentence(text),) if text else ()


def _owner(wanted: str, shown: Mapping[str, Sequence[Contact]]) -> str:
    """Return the topic whose own card has the fingerprint ``wanted``, else one that shows it, else ``""``."""
    own = (topic for topic, contacts in shown.items() if any(is_of(c, wanted) for c in contacts[:1]))
    others = (topic for topic, contacts in shown.items() if any(is_of(c, wanted) for c in contacts))
    return next(chain(own, others), "")
