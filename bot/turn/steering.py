"""Answers what needs no understanding: commands, numbers and labels of options, gestures.

A turn here is a reply and the session after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from bot import commands, grammar
from bot.answering.answers import Answers
from bot.commands import Call, Command
from bot.knowledge import Knowledge
from bot.layout import NONE, OFFERS
from bot.matching.model import Model
from bot.reading.names import Stance
from bot.reply import MOST_OPTIONS, Aspect
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.text import Utterance, fold, spoken
from bot.understanding import references
from bot.understanding.bodies import Bodies
from bot.understanding.confidence import SURE
from bot.understanding.interpreter import Interpreter
from bot.understanding.picks import MOST_PICKED, Picking, Picks

_GESTURES = frozenset("👍🙏❤♥💙💚💛🧡🤍😊🙂😀😃😄😁😉☺✅✔👌💪🤝🫡👏😌")
"""What is meant as yes, thanks or goodbye. Tears and fire are no nod: there one had better ask."""
_LONGEST_COMMAND = 2
"""Words beyond which what follows a sign is a sentence."""
_FORGET = "bot.forget"
"""The choice that says that all is forgotten."""
_NOD, HELP = "smalltalk.reaction", "bot.capabilities"
"""What a gesture is answered with, and "??" and a call for help; a content without it gets the offers."""


class Steering:
    """Steers conversations about one content."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        answers: Answers,
        *,
        interpreter: Interpreter,
        bodies: Bodies,
    ) -> None:
        self._topics, self._answers = knowledge.topics, answers
        self._interpreter, self._model, self._bodies = interpreter, model, bodies
        self._picking = Picking(knowledge, model.lexicon)
        self._fold_label = lru_cache(maxsize=500)(fold)

    def parsed(self, utterance: Utterance) -> tuple[Call | None, Utterance]:
        """Return the command in ``utterance``, and the utterance without its sign.

        "/zastex" is no command, but asks for the ZASTEX; "! wo melde ich das" is a sentence, and so is what says
        more than its command ("!stop der kommt zurück"), unless that tells whose contact is wanted.
        """
        call = commands.parse(utterance.text)
        if call is None:
            return None, utterance
        plain = Utterance.of(call.sentence)
        match call.command:
            case Command.UNKNOWN:
                return None if self._is_sentence(utterance, plain) else call, plain
            case Command.CONTACT:
                return call, plain
            case _ if not call.says_more:
                return call, plain
            case Command.HELP if self._is_name(rest := Utterance.of(call.rest)):
                return None, rest  # "/info zastex"
            case _:
                return None, plain

    def _is_sentence(self, utterance: Utterance, plain: Utterance) -> bool:
        """Return whether what looks like a command that there is not is a sentence: ``plain`` without the sign.

        It is a longer one, names an offer, or it is of words that the content knows: "/vergiss alles", and with the
        sign by which the bot is called "!danke", too.
        """
        if len(plain.words) > _LONGEST_COMMAND or self._model.read(plain).names:
            return True
        words = spoken(plain.folded)
        may_be = len(words) > 1 or utterance.text.startswith("!")
        return may_be and all(word in self._model.lexicon.known for word in words)

    def _is_name(self, utterance: Utterance) -> bool:
        """Return whether a few words name an offer."""
        return len(utterance.words) <= _LONGEST_COMMAND and bool(self._model.read(utterance).names)

    def command(self, call: Call, session: Session) -> Turn:
        """Answer a command."""
        match call.command:
            case Command.HELP:
                return self.chosen(HELP, session)
            case Command.OFFERS:
                return self.chosen(OFFERS, session)
            case Command.PRIVACY:
                return self.chosen("bot.privacy", session)
            case Command.CONTACT:
                return self._contact(call.rest, session)
            case Command.FORGET:
                return self._answers.say("forgotten"), Session()
            case _:
                reply = self._answers.refuse("unknown_command")
                return reply, replace(session, options=reply.options)

    def choice(self, utterance: Utterance, session: Session) -> Turn | None:
        """Answer "2", "Kontakt", "das zweite", "das andere", "nein" if that is all that is said, or a gesture."""
        folded = utterance.folded
        if not spoken(folded):
            if _is_gesture(utterance.text):
                return self.chosen(_NOD, session)
            if folded and not session.alarm:
                return self.chosen(HELP, session)  # "??"
            reply = self._answers.refuse("empty")
            return reply, replace(session, options=reply.options)
        if (picked := self._picked(folded, session)) is not None:
            return picked
        options = session.options
        said = " ".join(folded)
        whole = [option for option in options if said == self._fold_label(option.label)]
        begun = [o for o in options if said == self._fold_label(o.label.partition(":")[0])]
        for labelled in (whole, begun):
            # "ZASTEX" alone chooses neither "ZASTEX: Kontakt" nor "ZASTEX: Leistungen".
            if len(labelled) == 1:
                return self.chosen(labelled[0].choice, session)
        pointing = self._interpreter.ordinal(folded)
        word = Signal(pointing) if pointing else None
        if session.alarm and word != Signal.REJECTION:
            return None  # "der andere", "ganz unten" tell of who is there, not of what may be chosen later
        if _is_all(folded):
            return self._all(session)
        if (steps := _steps(folded)) and not session.alarm:
            return self._beside(steps, session)
        return self._pointed(word, folded, session)

    def _picked(self, folded: Sequence[str], session: Session) -> Turn | None:
        """Answer what is picked of a list by numbers or several places, with what is asked of it: "1 und 3", "Mail von 2 und 4"."""
        picks = self._picking.find(folded)
        is_since = session.focus is not None and not references.offered(session)
        if picks is None or (picks.is_indefinite and is_since):
            return None  # "bestell mir eins" is one of what is spoken of since
        if picks.aspect is not None:
            return self._asked_of(picks, session)
        if picks.is_plain:
            return self._numbered(picks, session)
        if session.alarm:
            return None
        return self._picked_of_shown(picks, session) or self._picked_of_listed(picks, session)

    def _asked_of(self, picks: Picks, session: Session) -> Turn | None:
        """Answer what is asked of topics that are picked of the list that is shown or else was listed before."""
        shown = [*references.offered(session)]
        topics = shown or list(dict.fromkeys(intent.topic for intent in session.listed))
        if session.alarm or not topics:
            return None
        picked = picks.within(len(topics))
        if not picked:
            return self._too_far(session, by_place=False)
        intents = [picks.of(topics[place]) for place in picked]
        if len(intents) > 1:
            return self._together(intents, session)
        reply, after = self._answered(intents[0], session)
        return reply, replace(after, listed=session.listed)

    def _numbered(self, picks: Picks, session: Session) -> Turn | None:
        """Answer mere numbers: of what may be chosen now, if there are so many, else of the list spoken of."""
        options = session.options
        if not options:
            return None
        if picked := picks.within(len(options)):
            return self._options([options[place].choice for place in picked], session)
        listed = [] if session.alarm else picks.within(len(session.listed))
        if listed:
            return self._of_list([session.listed[place] for place in listed], session)
        return self._too_far(session, by_place=False)

    def _picked_of_shown(self, picks: Picks, session: Session) -> Turn | None:
        """Answer what is picked in any words of several topics to choose from; ``None`` if none are shown."""
        if not references.offered(session):
            return None
        shown = references.choices(session)
        if picks.every and len(shown) != picks.every:
            return None if session.pair else self._too_far(session)
        if picks.every:
            return self._all(session)
        options = shown if picks.within(len(shown)) else session.options
        picked = picks.within(len(options))
        if not picked:
            return self._too_far(session)
        return self._options([options[place].choice for place in picked], session)

    def _picked_of_listed(self, picks: Picks, session: Session) -> Turn | None:
        """Answer what is picked in any words of the list spoken of; ``None`` if there is none, or for "beide" or "die zwei nicht"."""
        if not session.listed or not picks.places:
            return None
        picked = picks.within(len(session.listed))
        if not picked:
            return self._too_far(session)
        return self._of_list([session.listed[place] for place in picked], session)

    def chosen(self, choice: str, session: Session) -> Turn:
        """Answer a chosen option. A choice that leads nowhere (any more) gets the offers."""
        if choice == NONE:
            reply = self._answers.refuse("rejected")
            return reply, replace(session, options=reply.options)
        if choice == OFFERS:
            reply = self._answers.offers()
            return reply, replace(session, options=reply.options, misses=0)
        intent = self._intent(choice)
        if intent is None:
            reply = self._answers.refuse("stale")
            return reply, replace(session, options=reply.options)
        reply, after = self._answered(intent, session)
        return reply, Session() if choice == _FORGET else after

    def _intent(self, choice: str) -> Intent | None:
        """Return what a choice of a topic means; ``None`` if there is no such topic or side of it (any more)."""
        name, _, side = choice.partition(".")
        topic = self._topics.get(name)
        if topic is None:
            return None
        if side in topic.details:
            return Intent(name, topic.details[side].aspect, side)
        if not side:
            return Intent(name, next(iter(topic.answers)))
        return Intent(name, Aspect(side)) if side in {str(aspect) for aspect in topic.answers} else None

    def _options(self, choices: Sequence[str], session: Session) -> Turn:
        """Answer several options together if they are different topics, else the first one."""
        intents = [intent for choice in choices if (intent := self._intent(choice))]
        if len({intent.topic for intent in intents}) < max(len(choices), 2):
            return self.chosen(choices[0], session)
        return self._together(intents, session)

    def _together(self, intents: Sequence[Intent], session: Session) -> Turn:
        reply = self._answers.both(intents, 1.0, "both")
        after = session.moved(intents[0], reply, is_covered=self._topics[intents[0].topic].source is not None)
        return reply, replace(after, pair=tuple(intents))

    def returned(self, session: Session, intent: Intent) -> Turn:
        """Answer an earlier intent; the one left becomes the newest of the earlier ones."""
        reply = self._answers.answer(intent)
        left = (session.focus,) if session.focus else ()
        earlier = (*session.earlier[:-1], *left)
        return reply, Session(intent, earlier, reply.options, lately=session.emergency)

    def _pointed(self, word: Signal | None, folded: Sequence[str], session: Session) -> Turn | None:
        """Answer a word of ``references`` that stands alone, if one does."""
        if word == Signal.REJECTION:
            return self.chosen(NONE, session)
        if word and session.pair and (intent := references.of_pair(session.pair, word, session.focus)):
            reply, after = self._answered(intent, session)
            return reply, replace(after, pair=session.pair)
        if word == Signal.OTHER:
            return self._other(session)
        if word not in references.PLACES:
            return None
        turns = not grammar.TURNING.isdisjoint(folded)
        options = references.choices(session)
        option = references.at(options, word) if len(options) > 1 else None
        if session.listed and not references.offered(session) and (turns or option is None):
            listed = references.of_pair(session.listed, word, session.focus)
            return self._answered(listed, session) if listed else self._too_far(session)
        if turns and len(references.spoken(session)) > 1 and not references.offered(session):
            return None  # "und die von der ersten Stelle" asks of what was spoken of
        if option is None and len(session.options) > 1 and references.PLACES[word] > 0:
            # "Die vierte" of three offers and "Nichts davon" is that, as the number is.
            option = references.at(session.options, word)
            return self.chosen(option.choice, session) if option else self._too_far(session)
        return self.chosen(option.choice, session) if option else None

    def _too_far(self, session: Session, *, by_place: bool = True) -> Turn:
        """Say how many there are to who points beyond a list: of what is shown, else of what was listed before.

        ``by_place``: "das sechste" points to a list; a number chooses from it only if it is longer than what is shown.
        """
        options = session.options
        is_of_list = session.listed and not session.alarm and not references.offered(session)
        if is_of_list and (by_place or len(session.listed) > len(options)):
            sides = [f"{i.topic}.{i.aspect}" if i.aspect else i.topic for i in session.listed]
            known = [choice for choice in sides if self._intent(choice)]
            options = self._answers.options.chosen_from(known) or options
        return self._answers.numbers(options), replace(session, options=options)

    def _of_list(self, intents: Sequence[Intent], session: Session) -> Turn:
        """Answer what is chosen of the list spoken of, though other things may be chosen by now; the list stays."""
        if len({intent.topic for intent in intents}) > 1:
            return self._together(intents, session)
        reply, after = self._answered(references.alike(intents[0], session.listed, session.focus), session)
        return reply, replace(after, listed=session.listed)

    def _beside(self, steps: int, session: Session) -> Turn | None:
        """Answer "das danach" and "das davor": of the list spoken of, of what was said before, else among the other offers."""
        if intent := references.beside_focus(session, steps):
            return self._of_list([intent], session)
        if references.offered(session) or session.listed:
            return self._too_far(session)
        return self._other(session) if steps < 0 or not session.earlier else self._elsewhere(session)

    def _all(self, session: Session) -> Turn | None:
        """Answer "alle" after a question back: the topics together; the contacts of many have a reply of their own."""
        offered = references.offered(session)
        if not offered:
            return None
        choices = [option.choice for option in session.options if option.choice != NONE]
        known = {choice: intent for choice in choices if (intent := self._intent(choice))}
        if len(known) < 2:  # the content is a newer one than the list
            return self.chosen(next(iter(known), choices[0]), session)
        intents = list(known.values())
        if len(intents) > MOST_OPTIONS and set(offered.values()) == {str(Aspect.CONTACT)}:
            reply = self._answers.every_contact()
            return reply, replace(session, options=reply.options, misses=0)
        return self._together(intents, session) if len(intents) <= MOST_PICKED else None

    def _other(self, session: Session) -> Turn | None:
        """Answer "das andere": the other of two that were listed, what was spoken of before, else the other offers."""
        if references.is_of_two(session) and (
            intent := references.of_pair(session.listed, Signal.OTHER, session.focus)
        ):
            return self._answered(intent, session)
        if session.earlier:
            return self.returned(session, session.earlier[-1])
        return None if references.offered(session) else self._elsewhere(session)

    def _elsewhere(self, session: Session) -> Turn | None:
        """Ask which of the other offers is wanted than the one spoken of; ``None`` if none is."""
        topic = self._topics[session.focus.topic] if session.focus else None
        if topic is None or not topic.is_offer:
            return None
        reply = self._answers.elsewhere(topic)
        return reply, replace(session, options=reply.options)

    def _contact(self, whose: str, session: Session) -> Turn:
        judgement = self._model.judge(Utterance.of(whose))
        hits = judgement.reading.names
        meant = [
            hit for hit in hits if hit.stance is Stance.MEANT
        ] or hits  # "nicht die ZASTEX, sondern die ZMI"
        named = self._bodies.side_by_side(judgement.reading) or list(
            dict.fromkeys(hit.topic for hit in meant)
        )
        likely = [
            c for c in judgement.candidates if c.topic in self._topics and self._topics[c.topic].contacts
        ]
        if not named and likely and likely[0].confidence >= SURE:
            named = [likely[0].topic]
        if not named and judgement.reading.findings.has_signal(Signal.EVERY):
            reply = self._answers.every_contact()
            return reply, replace(session, options=reply.options, misses=0)
        if not whose or not named:
            reply = self._answers.clarify_among_offers("contact_whom", Aspect.CONTACT)
            return reply, replace(session, options=reply.options)
        return self._options([f"{topic}.{Aspect.CONTACT}" for topic in named], session)

    def _answered(self, intent: Intent, session: Session) -> Turn:
        reply = self._answers.answer(intent)
        return reply, session.moved(intent, reply, is_covered=self._topics[intent.topic].source is not None)


def _is_all(folded: Sequence[str]) -> bool:
    """Return whether all of a list is chosen and nothing else said: "ok, alle bitte", but not "alles ok"."""
    place = next((place for place, word in enumerate(folded) if word in grammar.ALL), None)
    if place is None:
        return False
    behind = grammar.BEHIND_ALL | grammar.ALL
    return grammar.CHOOSING.issuperset(folded[:place]) and behind.issuperset(folded[place:])


def _steps(folded: Sequence[str]) -> int:
    """Return 1 if nothing is said but "und das danach", -1 for "das davor", else 0; "davor" alone leads back."""
    said = set(folded)
    for words_of, steps in ((grammar.THE_ONE_BEFORE, -1), (grammar.THE_ONE_AFTER, 1)):
        is_said = not said.isdisjoint(words_of) and not said.isdisjoint(grammar.ARTICLES)
        if is_said and grammar.ONCE not in said and said <= words_of | grammar.CHOOSING:
            return steps
    return 0


def _is_gesture(text: str) -> bool:
    """Return whether a cleaned text without words nods all the same: a thumb, a heart, a smile."""
    return bool(text) and not _GESTURES.isdisjoint(text)
