"""One turn of a conversation: from what a person wrote to what the bot says.

The order is fixed: safety, commands, open options, reverse look-ups,
understanding, decision. ``Bot.respond`` is total over strings.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from bot import commands, explanation
from bot.answers import NONE_CHOICE, OFFERS_CHOICE, Answers
from bot.decision import Costs, Course, decide
from bot.division import Divider
from bot.knowledge import Knowledge
from bot.matching.lookup import Found, Lookup, cards
from bot.matching.model import Judgement, Model
from bot.reply import Aspect, Outcome, Reply
from bot.safety import Safety
from bot.session import Intent, MemorySessions, Session, Sessions
from bot.text import Word, clean, fold, words
from bot.understanding import FOREIGN, PLACES, UNASKED, Interpreter, Understanding, is_alarm

log = logging.getLogger("lotse")

_NUMBER = re.compile(r"^\s*(?:nr\.?|nummer|option)?\s*([1-9])\s*[.)]?\s*$", re.IGNORECASE)
_SURE = 0.6
"""Confidence that each half of an utterance needs to be answered as one of two questions."""
_DOUBT = 0.1
"""Probability of danger from which a question back begins with the emergency number."""
_DESPAIR = "despair"
_ABOUT_US = frozenset(["smalltalk", "bot"])
_RIVAL = 0.05
"""Confidence from which a topic counts as the other side of a comparison."""
_LONGEST_PAIR = 30
"""Words beyond which an utterance is a story and not two short questions."""
_MOST_EARLIER = 5


class Bot:
    """Answers utterances from one content, with a memory for open conversations."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        sessions: Sessions | None = None,
        costs: Costs | None = None,
    ) -> None:
        self.knowledge = knowledge
        self._model = model
        self._sessions: Sessions = MemorySessions() if sessions is None else sessions
        self._costs = costs or Costs()
        self._covered = frozenset(topic.id for topic in knowledge.topics.values() if topic.source)
        self._fold_label = lru_cache(maxsize=500)(fold)
        self._safety = Safety(knowledge.safety)
        self._answers = Answers(knowledge)
        self._interpreter = Interpreter(knowledge, model.lexicon)
        self._divider = Divider(model, self._covered)
        self._lookup = Lookup(cards({topic.id: topic.contacts for topic in knowledge.topics.values()}))

    # --- the contract ----------------------------------------------------------------

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer ``utterance`` in ``conversation`` (any key). Never raises."""
        kind = None
        try:
            text = clean(utterance)
            found = words(text)
            kind = self._safety.signal([word.folded for word in found])
            session = self._sessions.get(conversation) or Session()
            if kind is not None:
                reply, session = self._alarm(kind, session)
            elif self.knowledge.off.bot:
                reply, session = self._only_danger(text, found, session)
            else:
                reply, session = self._turn(text, found, session)
            self._sessions.put(conversation, session)
        except Exception as error:  # a broken turn must end in words, not in silence
            return self._safety.reply(kind) if kind else self._broken(error)
        return reply

    def choose(self, conversation: str, choice: str) -> Reply:
        """Answer a pressed option. A choice that leads nowhere (any more) gets the offers."""
        if self.knowledge.off.bot:
            return self._answers.all_off()
        try:
            session = self._sessions.get(conversation) or Session()
            reply, session = self._chosen(choice, session)
            self._sessions.put(conversation, session)
        except Exception as error:
            return self._broken(error)
        return reply

    def forget(self, conversation: str) -> None:
        """Drop all that is remembered of ``conversation``."""
        self._sessions.drop(conversation)

    def line(self, key: str, **values: str) -> str:
        """Return the sentence ``key`` of ``wording.yaml``."""
        return self.knowledge.line(key, **values)

    def judge(self, utterance: str) -> Judgement:
        """Return what the matcher makes of ``utterance`` alone, for explanations."""
        return self._model.judge(clean(utterance))

    def explain(self, utterance: str) -> list[str]:
        """Return why ``utterance`` is answered as it is, as lines of German text."""
        text = clean(utterance)
        if (kind := self._safety.signal([word.folded for word in words(text)])) is not None:
            return [f"Festes Zeichen für Gefahr: {kind}."]
        explained = explanation.explain(self._model, self._interpreter, self._costs, text)
        several = [intent.topic for intent in self._several(explained.understanding, explained.judgement)]
        return list(explanation.lines(explained, several))

    # --- one turn --------------------------------------------------------------------

    def _turn(self, text: str, found: Sequence[Word], session: Session) -> tuple[Reply, Session]:
        folded = [word.folded for word in found]
        if not folded:
            return self._missed(self._answers.refuse("empty"), session, counts=False)
        call = commands.parse(text)
        if call is not None:
            return self._command(call, session)
        chosen = self._choice_in_words(text, folded, session)
        if chosen is not None:
            return chosen
        owned = self._lookup.find(text, folded)
        if owned.owners:
            return self._owners(owned, session)
        is_over = bool(session.alarm) and self._safety.is_all_clear(folded)
        if session.focus or session.alarm:
            asked = self._interpreter.asking_part(text, found, last_only=is_over)
            if asked != text:
                text, found = asked, words(asked)
        judgement = self._model.judge(text, found)
        meaning = self._interpreter.interpret(judgement, session)
        if is_alarm(meaning, self._costs) and not is_over:
            worst = max(judgement.alarms, key=lambda kind: judgement.alarms[kind])
            # Whoever has just spoken of despair shall not be shouted at.
            return self._alarm(_DESPAIR if session.alarm == _DESPAIR else worst, session)
        if owned.is_lookup and not judgement.reading.names and _is_mostly_number(text):
            return self._missed(self._answers.not_found(), session)
        reply, after = self._understood(meaning, judgement, session)
        is_answered = reply.outcome is Outcome.ANSWER and reply.source is not None
        if is_over and not is_answered:
            reply = self._answers.relieved(self._safety.next[session.alarm])
            return reply, replace(session, options=reply.options, alarm="", misses=0)
        if reply.outcome in (Outcome.CLARIFY, Outcome.FALLBACK):
            if session.alarm:
                # Somebody in danger who is not understood shall see the numbers, not a menu.
                return self._alarm(session.alarm, session)
            if judgement.danger >= _DOUBT and not meaning.is_explained:
                reply = self._answers.warned(reply)
        return reply, after

    def _only_danger(self, text: str, found: Sequence[Word], session: Session) -> tuple[Reply, Session]:
        """Answer an emergency, and all else with the text of the switched-off bot."""
        if found and commands.parse(text) is None:
            judgement = self._model.judge(text, found)
            if is_alarm(self._interpreter.interpret(judgement, session), self._costs):
                worst = max(judgement.alarms, key=lambda kind: judgement.alarms[kind])
                return self._alarm(worst, session)
        return self._answers.all_off(), session

    def _alarm(self, kind: str, session: Session) -> tuple[Reply, Session]:
        """Answer an emergency; what helps afterwards becomes the topic unless there is one."""
        choices = self._safety.next[kind]
        options = tuple(self._answers.option(choice) for choice in choices)
        focus = session.focus
        if focus is None and choices:
            focus = Intent(choices[0].partition(".")[0], Aspect.SERVICES)
        after = replace(session, focus=focus, options=options, misses=0, alarm=kind)
        return replace(self._safety.reply(kind), options=options), after

    def _choice_in_words(
        self, text: str, folded: Sequence[str], session: Session
    ) -> tuple[Reply, Session] | None:
        """Answer "2", "Kontakt", "das zweite", "das andere", "nein" if that is all that is said."""
        number = _NUMBER.match(text)
        options = session.options
        if number is not None and options:
            index = int(number[1]) - 1
            if index < len(options):
                return self._chosen(options[index].choice, session)
            return self._answers.numbers(options), session
        said = " ".join(folded)
        for option in options:
            if said in (self._fold_label(option.label), self._fold_label(option.label.partition(":")[0])):
                return self._chosen(option.choice, session)
        ordinal = self._interpreter.ordinal(folded)
        if ordinal == "rejection":
            return self._chosen(NONE_CHOICE, session)
        if ordinal and session.pair:
            intent = _of_pair(session.pair, ordinal, session.focus)
            reply = self._answers.answer(intent)
            return reply, replace(_moved(session, intent, reply), pair=session.pair)
        if ordinal == "other" and session.earlier:
            return self._return(session, session.earlier[-1])
        if ordinal in PLACES and PLACES[ordinal] < len(options):
            return self._chosen(options[PLACES[ordinal]].choice, session)
        return None

    def _understood(
        self, meaning: Understanding, judgement: Judgement, session: Session
    ) -> tuple[Reply, Session]:
        if meaning.is_back and not meaning.named and session.earlier:
            return self._back(meaning, session)
        several = self._several(meaning, judgement)
        if len(several) > 1:
            lead = "comparison" if meaning.is_comparison else "both"
            reply = self._answers.both(several, meaning.candidates[0].confidence, lead)
            return reply, replace(_moved(session, several[0], reply), pair=tuple(several))
        if self._lacks_topic(meaning, session):
            reply = self._answers.clarify_among_offers("clarify_topic", meaning.aspect)
            return reply, replace(session, options=reply.options)
        decision = decide(meaning.candidates, FOREIGN, self._costs, UNASKED)
        aspect = meaning.aspect
        if decision.course is Course.ANSWER:
            intent = self._intent(decision.topics[0], meaning, judgement)
            reply = self._answers.answer(intent, decision.confidence)
            if intent == Intent("bot", None, "forget"):
                return reply, Session()
            after = _moved(session, intent, reply)
            if any(intent.topic == one.topic for one in session.pair):
                after = replace(after, pair=session.pair)
            return reply, after
        if meaning.candidates[0].topic == "follow_up":
            reply = self._answers.clarify_among_offers("clarify_topic", aspect)
            return reply, replace(session, options=reply.options)
        if decision.course is Course.CLARIFY:
            reply = self._answers.clarify(decision.topics, aspect, decision.confidence)
            return reply, replace(session, options=reply.options)
        return self._missed(self._answers.fallback(confidence=decision.confidence), session)

    @staticmethod
    def _lacks_topic(meaning: Understanding, session: Session) -> bool:
        """Return whether all that is said is what is wanted, and not of whom: "eine Telefonnummer bitte"."""
        if (
            session.focus is not None
            or meaning.named
            or not (meaning.is_explained and meaning.is_aspect_said)
        ):
            return False
        return not any(c.topic in _ABOUT_US and c.confidence >= _SURE for c in meaning.candidates[:1])

    def _intent(self, topic: str, meaning: Understanding, judgement: Judgement) -> Intent:
        section = self._model.section(topic, judgement)
        if section is not None and section in self.knowledge.topics[topic].details:
            return Intent(topic, None, section)
        detail = self._interpreter.detail(topic, meaning, judgement.reading.findings.details)
        return Intent(topic, meaning.aspect, detail)

    def _several(self, meaning: Understanding, judgement: Judgement) -> list[Intent]:
        """Return the intents of an utterance that asks for more than one topic, or none."""
        covered = self._covered
        named = [topic for topic in meaning.asked if topic in covered]
        if meaning.is_comparison:
            # "Unterschied Leitfaden und Meldestelle": the second one may only be described.
            rivals = [c.topic for c in meaning.candidates if c.topic in covered and c.confidence >= _RIVAL]
            named = list(dict.fromkeys([*named, *rivals]))[:2]
        if len(named) > 1 and len(judgement.reading.words) <= _LONGEST_PAIR:
            return [self._intent(topic, meaning, judgement) for topic in named[:3]]
        parts = self._divider.divide(judgement)
        return [
            self._intent(part.topic, self._interpreter.interpret(part.judgement, Session()), part.judgement)
            for part in parts
        ]

    def _back(self, meaning: Understanding, session: Session) -> tuple[Reply, Session]:
        target = session.earlier[-1]
        aspect = meaning.aspect if meaning.is_aspect_said else target.aspect
        return self._return(session, replace(target, aspect=aspect))

    def _return(self, session: Session, intent: Intent) -> tuple[Reply, Session]:
        """Answer an earlier intent; the one left becomes the newest of the earlier ones."""
        reply = self._answers.answer(intent)
        left = (session.focus,) if session.focus else ()
        return reply, Session(intent, (*session.earlier[:-1], *left), reply.options)

    def _owners(self, found: Found, session: Session) -> tuple[Reply, Session]:
        topics = list(dict.fromkeys(topic for topic, _ in found.owners))
        if len(topics) == 1:
            topic, card = found.owners[0]
            reply = self._answers.owner(topic, card)
        else:
            reply = self._answers.shared(found.owners)
        return reply, _moved(session, Intent(topics[0], Aspect.CONTACT), reply)

    def _command(self, call: commands.Call, session: Session) -> tuple[Reply, Session]:
        match call.command:
            case commands.Command.HELP:
                return self._chosen("bot.capabilities", session)
            case commands.Command.OFFERS:
                return self._chosen(OFFERS_CHOICE, session)
            case commands.Command.PRIVACY:
                return self._chosen("bot.privacy", session)
            case commands.Command.CONTACT:
                return self._contact(call.rest, session)
            case commands.Command.FORGET:
                return self._answers.say("forgotten"), Session()
            case _:
                reply = self._answers.refuse("unknown_command")
                return reply, replace(session, options=reply.options)

    def _contact(self, whose: str, session: Session) -> tuple[Reply, Session]:
        judgement = self._model.judge(whose)
        topics = self.knowledge.topics
        named = [hit.topic for hit in judgement.reading.names]
        likely = [c for c in judgement.candidates if c.topic in topics and topics[c.topic].contacts]
        if not named and likely and likely[0].confidence >= _SURE:
            named = [likely[0].topic]
        if not whose or not named:
            reply = self._answers.clarify_among_offers("contact_whom", Aspect.CONTACT)
            return reply, replace(session, options=reply.options)
        intent = Intent(named[0], Aspect.CONTACT)
        reply = self._answers.answer(intent)
        return reply, _moved(session, intent, reply)

    def _chosen(self, choice: str, session: Session) -> tuple[Reply, Session]:
        if choice == NONE_CHOICE:
            reply = self._answers.refuse("rejected")
            return reply, replace(session, options=reply.options)
        if choice == OFFERS_CHOICE:
            reply = self._answers.offers()
            return reply, replace(session, options=reply.options, misses=0)
        name, _, side = choice.partition(".")
        topic = self.knowledge.topics.get(name)
        known = topic is not None and (
            not side or side in topic.details or side in {str(a) for a in topic.answers}
        )
        if topic is None or not known:
            reply = self._answers.refuse("stale")
            return reply, replace(session, options=reply.options)
        if side in topic.details:
            intent = Intent(name, topic.details[side].aspect, side)
        else:
            intent = Intent(name, Aspect(side) if side else next(iter(topic.answers)))
        reply = self._answers.answer(intent)
        return reply, _moved(session, intent, reply)

    def _missed(self, reply: Reply, session: Session, counts: bool = True) -> tuple[Reply, Session]:
        misses = session.misses + 1 if counts else session.misses
        if counts and misses == 2:
            reply = self._answers.fallback_again(reply.confidence)
        return reply, replace(session, options=reply.options, misses=misses)

    def _broken(self, error: Exception) -> Reply:
        # The traceback would show the text in its locals; the kind of error is enough.
        place = error.__traceback__
        while place is not None and place.tb_next is not None:
            place = place.tb_next
        where = f"{place.tb_frame.f_code.co_name}:{place.tb_lineno}" if place else "?"
        log.error("turn failed: %s in %s", type(error).__name__, where)
        return self._answers.broken()


def _of_pair(pair: Sequence[Intent], ordinal: str, focus: Intent | None) -> Intent:
    """Return which of the intents that were answered together is meant."""
    if ordinal == "other":
        return next((i for i in pair if focus is None or i.topic != focus.topic), pair[-1])
    return pair[min(PLACES[ordinal], len(pair) - 1)]


def _moved(session: Session, intent: Intent, reply: Reply) -> Session:
    earlier = session.earlier
    if session.focus is not None and session.focus.topic != intent.topic:
        earlier = (*earlier, session.focus)[-_MOST_EARLIER:]
    keeps = reply.outcome is Outcome.ANSWER and reply.source is not None
    focus = intent if keeps else session.focus
    return Session(focus, earlier if keeps else session.earlier, reply.options)


def _is_mostly_number(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    digits = sum(c.isdigit() for c in text)
    return "@" in text or digits >= letters or len(text.split()) <= 6
