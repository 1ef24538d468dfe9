"""One turn of a conversation: from what a person wrote to what the bot says.

The order is fixed: fixed signals of danger, commands and open options, what
the model finds of danger, reverse look-ups, understanding, decision.
``Bot.respond`` is total over strings.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from bot import explanation, references
from bot.answers import MOST_OPTIONS, Answers
from bot.clauses import Clauses
from bot.decision import Costs, Course, decide
from bot.division import Divider
from bot.emergency import DESPAIR, LONGEST_CRY, Emergency
from bot.knowledge import Knowledge
from bot.matching.learning import FOLLOW_UP
from bot.matching.lookup import Found, Lookup, cards
from bot.matching.model import Judgement, Model
from bot.reply import Aspect, Outcome, Reply
from bot.session import Intent, MemorySessions, Session, Sessions
from bot.setbacks import Setbacks
from bot.steering import SURE, Steering, Turn
from bot.text import Word, clean, words
from bot.understanding import ABOUT_BOT, FOREIGN, SMALL_TALK, UNASKED, Interpreter, Understanding, is_alarm

log = logging.getLogger("lotse")

_DOUBT = 0.1
"""Probability of danger from which a question back begins with the emergency number."""
_MISSED = (Outcome.CLARIFY, Outcome.FALLBACK)
_ABOUT_US = frozenset([SMALL_TALK, ABOUT_BOT])
_RIVAL = 0.05
"""Confidence from which a topic counts as the other side of a comparison."""
_LONGEST_PAIR = 30
"""Words beyond which an utterance is a story and not two short questions."""
_MOST_REPEATED = 2
"""How often the numbers are shown again before a menu helps more."""
_LONGEST_BACK = 3
"""Words up to which "back" means back, whatever the classifier makes of it."""


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
        self._answers = Answers(knowledge)
        self._interpreter = Interpreter(knowledge, model.lexicon)
        self._clauses = Clauses(model.lexicon, knowledge.vocabulary.signals["negation"])
        self._emergency = Emergency(knowledge, self._answers, self._interpreter, model, self._costs)
        self._safety = self._emergency.safety
        self._setbacks = Setbacks(knowledge, self._answers, model.lexicon)
        self._steering = Steering(knowledge, self._answers, self._interpreter, model)
        self._divider = Divider(model, self._covered)
        self._lookup = Lookup(cards({topic.id: topic.contacts for topic in knowledge.topics.values()}))

    # --- the contract ----------------------------------------------------------------

    def respond(self, conversation: str, utterance: str) -> Reply:
        """Answer ``utterance`` in ``conversation`` (any key). Never raises."""
        kind = None
        try:
            text = clean(utterance)
            found = words(text)
            kind = self._safety.signal(text, found)
            session = self._remembered(conversation)
            if kind is not None:
                reply, session = self._emergency.raised(kind, session)
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
            session = self._remembered(conversation)
            reply, session = self._steering.chosen(choice, session)
            self._sessions.put(conversation, session)
        except Exception as error:
            return self._broken(error)
        return reply

    def _remembered(self, conversation: str) -> Session:
        session = self._sessions.get(conversation)
        return session.within(self.knowledge.topics) if session else Session()

    def forget(self, conversation: str) -> None:
        """Drop all that is remembered of ``conversation``."""
        self._sessions.drop(conversation)

    def line(self, key: str, **values: str) -> str:
        """Return the sentence ``key`` of ``wording.yaml``."""
        return self.knowledge.line(key, **values)

    def judge(self, utterance: str) -> Judgement:
        """Return what the matcher makes of ``utterance`` alone, for measurements."""
        return self._model.judge(clean(utterance))

    def explain(self, utterance: str) -> list[str]:
        """Return why ``utterance`` is answered as it is, as lines of German text."""
        text = clean(utterance)
        if (kind := self._safety.signal(text, words(text))) is not None:
            return [f"Festes Zeichen für Gefahr: {kind}."]
        judgement, meaning = self._judged(text, words(text), Session())
        explained = explanation.explain(self._model, self._costs, judgement, meaning)
        several = [intent.topic for intent in self._several(meaning, judgement)]
        return list(explanation.lines(explained, text, several))

    # --- one turn --------------------------------------------------------------------

    def _turn(self, text: str, found: Sequence[Word], session: Session) -> Turn:
        call, text, found = self._steering.parsed(text, found)
        if call is not None:
            danger = self._emergency.found(text, found, session) if call.rest else None
            return danger or self._steering.command(call, session)
        folded = [word.folded for word in found]
        steered = self._steering.choice(text, folded, session)
        if steered is not None:
            return self._emergency.kept(steered, session) if session.alarm else steered
        over = self._safety.all_clear(text, found) if session.alarm else 0
        if over:
            return self._after_alarm(text, found, over, session)
        owned = self._lookup.find(text, folded)
        goes_on = bool(session.alarm) and self._safety.goes_on(text, found)
        if session.focus or session.alarm:
            text, found = self._clauses.asking_part(text, found, last_only=False)
        judgement, meaning = self._judged(text, found, session)
        if goes_on:
            return self._emergency.held(judgement, session)
        setback = None if session.alarm else self._setbacks.find(judgement, meaning, session)
        if setback is None or not setback.is_whole:
            danger = self._emergency.judged(judgement, meaning, session)
            if danger is not None:
                return danger
        if setback is not None:
            return self._setbacks.answer(setback, session)
        if session.alarm:
            return self._meanwhile(meaning, judgement, owned, session)
        return self._settled(meaning, judgement, owned, session)

    def _judged(self, text: str, found: Sequence[Word], session: Session) -> tuple[Judgement, Understanding]:
        """Return what a text means: as a whole if it tells of danger, else without what it denies.

        Of a long message a sentence near the end that tells of danger is what counts.
        """
        judgement = self._model.judge(text, found)
        meaning = self._interpreter.interpret(judgement, session)
        if is_alarm(meaning, self._costs):
            return judgement, meaning
        kept, found = self._clauses.without_denied(text, found)
        if kept != text:  # only now: it may stand between words of danger
            judgement = self._model.judge(kept, found)
            meaning = replace(self._interpreter.interpret(judgement, session), is_corrected=True)
        sentence = self._emergency.drowned(judgement, session)
        if sentence is None:
            return judgement, meaning
        return sentence, self._interpreter.interpret(sentence, session)

    def _settled(self, meaning: Understanding, judgement: Judgement, owned: Found, session: Session) -> Turn:
        """Answer what is no emergency; ``owned`` is what the lookup found in it."""
        if owned.owners:
            return self._owners(owned, session)
        if owned.is_lookup and not judgement.reading.names and self._interpreter.only_asks(judgement):
            return self._missed(self._answers.not_found(), session)
        reply, after = self._understood(meaning, judgement, session)
        if reply.outcome in _MISSED and not session.alarm:
            if judgement.danger >= _DOUBT and not meaning.is_explained:
                reply = self._answers.warned(reply)
            elif meaning.is_uneasy:
                reply = self._answers.reminded(reply)
        return reply, after

    def _meanwhile(
        self, meaning: Understanding, judgement: Judgement, owned: Found, session: Session
    ) -> Turn:
        """Answer what is said while an emergency lasts and tells of no new danger."""
        emergency = self._emergency
        if emergency.is_meant(judgement, meaning, session):
            return emergency.held(judgement, session)
        reply, after = self._settled(meaning, judgement, owned, session)
        asks = self._clauses.asks(judgement.reading.mended)
        is_covered = bool(self._covered.intersection(reply.topics))
        if (asks or meaning.named) and is_covered and reply.outcome is Outcome.ANSWER:
            return reply, after
        alarm = session.alarm
        if reply.outcome in _MISSED:
            is_vague = not asks or len(judgement.reading.words) <= LONGEST_CRY
            alarm = alarm if is_vague else ""  # who asks at length does not cry for help any more
        else:
            # "Bin ich jetzt in Sicherheit?" is not for small talk to answer, nor what goes on for an offer.
            is_vague = session.alarm != DESPAIR if is_covered else asks and reply.topics == (SMALL_TALK,)
        if is_vague and session.misses < _MOST_REPEATED:
            # Somebody in danger who is not understood shall see the numbers, not a menu.
            again, after = emergency.held(judgement, session)
            return again, replace(after, misses=session.misses + 1)
        return emergency.reminded(reply, session), replace(after, alarm=alarm)

    def _after_alarm(self, text: str, found: Sequence[Word], over: int, session: Session) -> Turn:
        """Answer a text whose first ``over`` words say that a danger is over: what else is asked, or relief."""
        danger = self._emergency.goes_on(text, found, over, session)
        if danger is not None:
            return danger
        text, found = self._clauses.asking_part(text, found, last_only=True)
        judgement, relieved = self._model.judge(text, found), self._emergency.ended(session)
        reply, after = self._understood(self._interpreter.interpret(judgement, relieved), judgement, relieved)
        if reply.outcome is Outcome.ANSWER and self._covered.intersection(reply.topics):
            return reply, after
        return self._emergency.relieved(session)

    def _only_danger(self, text: str, found: Sequence[Word], session: Session) -> Turn:
        """Answer an emergency, and all else with the text of the switched-off bot."""
        danger = self._emergency.found(text, found, session) if found else None
        return danger or (self._answers.all_off(), session)

    def _understood(self, meaning: Understanding, judgement: Judgement, session: Session) -> Turn:
        if (
            meaning.is_back
            and not meaning.named
            and session.earlier
            and not self._is_aside(meaning, judgement)
        ):
            return self._back(meaning, session)
        several = self._several(meaning, judgement)
        lead = "comparison" if meaning.is_comparison else "both"
        if len(several) < 2:
            several, lead = self._carried_on(meaning, judgement, session)
        if len(several) == 1:
            reply = self._answers.answer(several[0])
            return reply, session.moved(several[0], reply, is_covered=True)
        if len(several) > 1:
            reply = self._answers.both(several, meaning.candidates[0].confidence, lead)
            return reply, replace(session.moved(several[0], reply, is_covered=True), pair=tuple(several))
        if self._lacks_topic(meaning, session):
            reply = self._answers.clarify_among_offers("clarify_topic", meaning.aspect)
            return reply, replace(session, options=reply.options)
        costs = self._costs
        if session.alarm:  # after an emergency, small talk must be as sure as anything else
            costs = replace(costs, pleasantry=costs.wrong)
        decision = decide(meaning.candidates, FOREIGN, costs, UNASKED)
        aspect = meaning.aspect
        if decision.course is Course.ANSWER:
            intent = self._intent(decision.topics[0], meaning, judgement)
            reply = self._answers.answer(intent, decision.confidence)
            if intent == Intent("bot", None, "forget"):
                return reply, Session()
            after = session.moved(intent, reply, is_covered=intent.topic in self._covered)
            if any(intent.topic == one.topic for one in session.pair):
                after = replace(after, pair=session.pair)
            return reply, after
        wants_another = meaning.is_corrected and session.focus and decision.course is Course.FALLBACK
        if meaning.candidates[0].topic == FOLLOW_UP or wants_another:
            reply = self._answers.clarify_among_offers("clarify_topic", aspect)
            return reply, replace(session, options=reply.options)
        if decision.course is Course.CLARIFY:
            topics = decision.topics
            others = tuple(topic for topic in topics if topic not in _ABOUT_US)
            if (meaning.is_danger_worded or meaning.is_corrected) and len(others) > 1:
                topics = (
                    others  # whoever tells of such things or wants another offer does not ask about the bot
                )
            reply = self._answers.clarify(topics, aspect, decision.confidence)
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
        return not _is_about_us(meaning)

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

    @staticmethod
    def _is_aside(meaning: Understanding, judgement: Judgement) -> bool:
        """Return whether "back" is said in passing: "deine Auskunft von vorhin war falsch"."""
        return len(judgement.reading.words) > _LONGEST_BACK and _is_about_us(meaning)

    def _carried_on(
        self, meaning: Understanding, judgement: Judgement, session: Session
    ) -> tuple[list[Intent], str]:
        """Return the topics that "und die mails?" carries on with, and how to begin; none if it stands for itself.

        They were answered together, or offered in a question back and none was chosen: asking once
        more would help nobody, and under its name no contact is taken for another.
        """
        best = meaning.candidates[0]
        asks_side = meaning.is_explained and meaning.is_aspect_said and not meaning.named
        if session.pair and session.focus == session.pair[0]:
            topics, lead = [intent.topic for intent in session.pair], "both"
        else:
            topics, lead = [topic for topic in references.offered(session) if topic in self._covered], "each"
            if session.focus and session.focus.topic in topics:
                return [], lead  # an answer with choices, not a question back
        follows = best.topic == FOLLOW_UP and best.confidence >= SURE
        if len(topics) > MOST_OPTIONS or not (asks_side or follows):
            return [], lead
        return [self._intent(topic, meaning, judgement) for topic in topics], lead

    def _back(self, meaning: Understanding, session: Session) -> Turn:
        target = session.earlier[-1]
        aspect = meaning.aspect if meaning.is_aspect_said else target.aspect
        return self._steering.returned(session, replace(target, aspect=aspect))

    def _owners(self, found: Found, session: Session) -> Turn:
        topics = list(dict.fromkeys(topic for topic, _ in found.owners))
        if len(topics) == 1:
            topic, card = found.owners[0]
            reply = self._answers.owner(topic, card)
        else:
            reply = self._answers.shared(found.owners)
        return reply, session.moved(Intent(topics[0], Aspect.CONTACT), reply, is_covered=True)

    def _missed(self, reply: Reply, session: Session) -> Turn:
        misses = session.misses + 1
        if misses == 2:
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


def _is_about_us(meaning: Understanding) -> bool:
    """Return whether an utterance is surely about the bot or small talk."""
    best = meaning.candidates[0]
    return best.topic in _ABOUT_US and best.confidence >= SURE
