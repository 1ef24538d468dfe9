"""Answers what is meant: one topic or several, with a question back, with a refusal.

What was spoken about counts: "zurück", "nochmal", a correction that says only
what is wanted instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot import grammar
from bot.answering.answers import Answers
from bot.answering.progress import SETTLED, Progress
from bot.answering.refusals import Refusals
from bot.answering.repetition import FOR_WHOM, Repetition
from bot.answering.several import Several, sourced
from bot.knowledge import Knowledge
from bot.layout import ABOUT_BOT, FOLLOW_UP, OFFERS, SMALL_TALK
from bot.matching.model import Model
from bot.reading.names import Stance
from bot.reading.patterns import covered
from bot.reading.reader import Reading
from bot.reply import MOST_OPTIONS, Aspect, Course, Decision
from bot.session import Intent, Session, Turn, ruled
from bot.signals import Signal
from bot.turn.steering import HELP, Steering
from bot.understanding import references
from bot.understanding.bodies import Bodies
from bot.understanding.clauses import Clauses
from bot.understanding.confidence import DOUBT, LIKELY, SELF_EXPLANATORY, SURE, SURELY
from bot.understanding.context import ALL_OFFERS
from bot.understanding.decision import Costs, decide
from bot.understanding.division import Divider
from bot.understanding.forgetting import Forgetting
from bot.understanding.intents import Intents
from bot.understanding.interpreter import FOREIGN, UNASKED, Interpreter, Understanding
from bot.understanding.needs import Needs
from bot.understanding.series import Series
from bot.understanding.sides import LONGEST_BARE

_ABOUT_US = frozenset([SMALL_TALK, ABOUT_BOT])
_PERSON = f"{ABOUT_BOT}.person"
"""The choice that says who can be talked to."""
_FORGET = Intent(ABOUT_BOT, None, "forget")
_AROUND_REPEAT = frozenset([Signal.REPEAT, Signal.CONTINUATION, Signal.ADDRESSED, Signal.QUESTION])
"""Signals beside which nothing is asked but to hear it once more: "kannst du das nochmal sagen"."""
_LONGEST_BACK = 3
"""Words up to which "back" means back, whatever the classifier makes of it."""


class Responses:
    """Answers understood utterances from one content; ``intents`` finds what they ask for."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        answers: Answers,
        *,
        interpreter: Interpreter,
        steering: Steering,
        bodies: Bodies,
        clauses: Clauses,
        costs: Costs,
    ) -> None:
        self._topics, self._model = knowledge.topics, model
        self._answers, self._interpreter, self._steering = answers, interpreter, steering
        self._clauses, self._costs = clauses, costs
        self._needs = Needs(knowledge, model.lexicon)
        self._repetition = Repetition(knowledge, answers, self._needs)
        self._progress, self._forgetting = Progress(knowledge, answers), Forgetting(knowledge)
        self._covered = knowledge.covered
        self._sourced = sourced(knowledge)
        self._beside_offers = self._covered - {topic.id for topic in knowledge.offers}
        self._parts = knowledge.vocabulary.parts
        self._questions = {question.id: question for question in knowledge.vocabulary.questions}
        self._divider = Divider(model, self._covered, self._parts)
        self.intents = Intents(knowledge, model, interpreter, divider=self._divider, bodies=bodies)
        series = Series(knowledge, model, interpreter, intents=self.intents, clauses=clauses, costs=costs)
        self._several = Several(
            knowledge, answers, intents=self.intents, series=series, repetition=self._repetition
        )
        self.refusals = Refusals(knowledge, answers)

    def answer(self, meaning: Understanding) -> Turn:
        """Answer what is no emergency."""
        session = meaning.session
        if meaning.is_back and not meaning.named and session.earlier and not self._is_aside(meaning):
            return self._back(meaning)
        if (again := self._said_again(meaning)) is not None:
            return ruled("again", again)
        if self._asks_for_every_contact(meaning):
            reply = self._answers.every_contact()
            return ruled("every_contact", (reply, replace(session, options=reply.options, misses=0)))
        several = self._several.answer(meaning)
        if several is not None:
            return several
        return self._decided(meaning)

    def _said_again(self, meaning: Understanding) -> Turn | None:
        """Say again what was answered last, or show the offers again, to who wants nothing but that: "nochmal bitte"."""
        session = meaning.session
        findings, folded = meaning.reading.findings, meaning.reading.mended
        is_other = meaning.named or findings.questions or findings.aspects or session.alarm
        if is_other or not findings.has_signal(Signal.REPEAT) or findings.has_signal(Signal.THANKS):
            return None
        hits = [hit for hit in findings.signals if hit.id in _AROUND_REPEAT]
        wishes = covered(hit for hit in hits if hit.id == Signal.REPEAT)
        if any(word in grammar.QUESTION_WORDS and place not in wishes for place, word in enumerate(folded)):
            return None  # "wann ist nochmal die Wahl"
        left = {folded[place] for place in self._model.lexicon.left_over(folded, hits)}
        if not left <= grammar.CHOOSING | grammar.AUXILIARIES | grammar.SAYING:
            return None
        if session.focus is None:
            is_listed = len(references.offered(session)) > MOST_OPTIONS
            return self._steering.chosen(OFFERS, session) if is_listed else None
        is_pair = bool(session.pair) and session.focus == session.pair[0]
        reply = self._repetition.wished(session.pair if is_pair else (session.focus,))
        after = session.moved(session.focus, reply, is_covered=session.focus.topic in self._covered)
        return reply, replace(after, pair=session.pair)

    def _decided(self, meaning: Understanding) -> Turn:
        """Take the course of least expected cost; the reply has the decision that led to it."""
        if self._is_vague(meaning):
            return ruled("need", self._asked_what_for(meaning))
        decision = self.decision(meaning)
        reply, after = self._followed(decision, meaning)
        return (reply if reply.decision else replace(reply, decision=decision)), after

    def decision(self, meaning: Understanding) -> Decision:
        """Return the course of least expected cost, before any rule has the last word."""
        costs, session = self._costs, meaning.session
        if session.alarm:  # after an emergency, small talk must be as sure as anything else
            costs = replace(costs, pleasantry=costs.wrong)
        spoken = session.focus.topic if session.focus else ""
        unasked = self._unasked(meaning)
        return decide(meaning.candidates, FOREIGN, costs, unasked, spoken)

    def _followed(self, decision: Decision, meaning: Understanding) -> Turn:
        """Do what was decided, unless a rule or what is left of the utterance leads elsewhere."""
        session = meaning.session
        is_refused = decision.course is Course.FALLBACK
        is_follow_up = meaning.candidates[0].topic == FOLLOW_UP and not meaning.is_aspect_said
        if session.misses and not session.focus and is_follow_up and _leans(meaning.reading):
            # "Welche Partei soll ich wählen?" – "Und die CDU?"
            return self.refusals.refused(decision, meaning)
        if (told := self._told(decision, meaning)) is not None:
            return told
        if self._lacks_topic(meaning) or (
            decision.course is not Course.ANSWER
            and (
                meaning.candidates[0].topic == FOLLOW_UP
                or (meaning.is_corrected and session.focus and is_refused)
            )
        ):
            return ruled("no_offer", self._of_no_offer(meaning))
        if decision.course is Course.ANSWER:
            return self._answered(decision, meaning)
        part = self._divider.leaning(meaning.judgement) if session.focus else None
        if part is not None:
            return self._decided(self._interpreter.interpret(part, session))
        if is_refused:
            return self.refusals.refused(decision, meaning)
        topics = decision.topics
        if self._asks_for_offers(topics, meaning):
            return self._steering.chosen(OFFERS, session)
        others = tuple(topic for topic in topics if topic not in _ABOUT_US)
        if meaning.is_corrected and len(others) > 1:
            topics = others  # nor does who wants another offer
        reply = self._answers.clarify(topics, meaning.aspect, decision.confidence)
        return reply, replace(session, options=reply.options)

    def _unasked(self, meaning: Understanding) -> frozenset[str]:
        """Return the topics of which nobody is asked whether they are meant."""
        ruled_out = {hit.topic for hit in meaning.reading.names if hit.stance is Stance.NEGATED}
        unasked = UNASKED | (ruled_out - {*meaning.named})
        asks = meaning.asks or meaning.is_aspect_said or meaning.reading.findings.has_signal(Signal.ADDRESSED)
        if meaning.session.options and not asks:
            unasked |= {ABOUT_BOT}
        if self._tells_of_harm(meaning):
            # Who tells of such things asks neither about the bot nor for the booklet with all of it.
            best = meaning.candidates[0].topic
            unasked |= {ABOUT_BOT} | (self._beside_offers - {best, *meaning.named})
        return unasked

    def _told(self, decision: Decision, meaning: Understanding) -> Turn | None:
        """Answer what only goes on telling: of what was done so far what the offer adds, all else is acknowledged."""
        session = meaning.session
        told = self.refusals.told(decision, meaning)
        is_done = told is not None and meaning.judgement.confidence(SMALL_TALK) >= LIKELY
        if is_done and self._progress.is_open(SETTLED, meaning.reading, session):
            return ruled("done_so_far", self._progress.answer(session))
        return told

    def _asks_for_offers(self, topics: Sequence[str], meaning: Understanding) -> bool:
        """Return whether it is only open whether all offers are asked for or the booklet, which tells of them all."""
        likely = sum(one.confidence for one in meaning.candidates if one.topic in topics)
        if set(topics) - self._beside_offers != {ABOUT_BOT} or likely < SELF_EXPLANATORY:
            return False
        return f"{ABOUT_BOT}.{self._model.section(ABOUT_BOT, meaning.judgement)}" == ALL_OFFERS

    @staticmethod
    def _tells_of_harm(meaning: Understanding) -> bool:
        if meaning.is_uneasy or meaning.risk.is_worded or meaning.is_suffered:
            return True
        return meaning.judgement.danger >= DOUBT and not meaning.asks

    def _is_vague(self, meaning: Understanding) -> bool:
        """Return whether help is asked for without a word on what for, and neither the bot nor a question back is meant."""
        session = meaning.session
        if session.focus is not None or session.alarm or 0 < len(references.offered(session)) <= MOST_OPTIONS:
            return False
        best, reading = meaning.candidates[0], meaning.reading
        is_about_us = best.topic in _ABOUT_US and best.confidence >= SURELY
        insists = bool(references.offered(session)) and not reading.findings.has_signal(Signal.ADDRESSED)
        if is_about_us and not insists and not self._needs.is_cry(reading.mended):
            return False
        return self._needs.is_vague(meaning)

    def _asked_what_for(self, meaning: Understanding) -> Turn:
        """Ask what help is needed for; a cry gets the emergency number first, who repeats it whom to talk to."""
        session = meaning.session
        is_whom = meaning.is_aspect_said and meaning.aspect is Aspect.CONTACT
        is_cry = self._needs.is_cry(meaning.reading.mended)
        reply = self._answers.clarify_need(
            Aspect.CONTACT if is_whom else Aspect.SERVICES, HELP if is_cry else ""
        )
        if references.offered(session).keys() >= {*reply.topics} - {ABOUT_BOT}:
            return self._steering.chosen(_PERSON, session)
        return self._answers.warned(reply) if is_cry else reply, replace(session, options=reply.options)

    def _of_no_offer(self, meaning: Understanding) -> Turn:
        """Answer a question that names no offer: ask of which it is, or answer it for the bot itself ("ist das anonym?")."""
        session = meaning.session
        question = self._questions.get(meaning.question)
        best = meaning.candidates[0]
        is_sure = best.topic in self._covered and best.confidence >= SURE
        is_of_offer = is_sure and meaning.question not in self._sourced
        is_open = session.focus is None and not meaning.named and not is_of_offer
        if question is not None and question.unspoken and is_open:
            topic, _, detail = question.unspoken.partition(".")
            intent = Intent(topic, None, detail)
            reply = self._answers.unspoken(question, intent)
            return reply, session.moved(intent, reply, is_covered=topic in self._covered)
        reply = self._answers.clarify_among_offers("clarify_topic", meaning.aspect)
        return reply, replace(session, options=reply.options)

    def _answered(self, decision: Decision, meaning: Understanding) -> Turn:
        session = meaning.session
        intent = self.intents.of(decision.topics[0], meaning)
        intent = self._same_detail(intent, meaning) or intent
        if self._progress.is_open(intent, meaning.reading, session):
            return ruled("done_so_far", self._progress.answer(session))
        if intent == _FORGET and not self._forgetting.is_wanted(meaning.judgement, session):
            return self._decided(meaning.without(ABOUT_BOT))
        if (of_source := self.intents.of_source(intent)) is not None:
            return self._dated(of_source, intent, session)
        reply = self._answers.answer(intent, decision.confidence)
        if intent == _FORGET:
            return reply, Session()
        reply = self._repetition.told(reply, intent, meaning)
        after = session.moved(intent, reply, is_covered=intent.topic in self._covered)
        if any(intent.topic == one.topic for one in session.pair):
            after = replace(after, pair=session.pair)
        return reply, after

    def _dated(self, of_source: Intent, intent: Intent, session: Session) -> Turn:
        """Answer of the source what was asked of an offer, which stays what is spoken of."""
        reply = self._answers.answer(of_source)
        if intent.topic == of_source.topic:
            return reply, session.moved(of_source, reply, is_covered=True)
        reply = self._answers.beside(reply, intent.topic)
        if session.options == reply.options and session.focus and session.focus.topic == intent.topic:
            reply = self._repetition.again(reply)
        before = session.focus if session.focus and session.focus.topic == intent.topic else None
        after = session.moved(before or Intent(intent.topic, Aspect.OVERVIEW), reply, is_covered=True)
        return reply, after

    def _same_detail(self, intent: Intent, meaning: Understanding) -> Intent | None:
        """Return the detail that was answered last if it is asked of somebody or something else: "und die CDU?"."""
        before, findings = meaning.session.focus, meaning.reading.findings
        details = self._topics[intent.topic].details
        if before is None or before.topic != intent.topic or before.detail not in details:
            return None
        own = {hit.id.partition(".")[2] for hit in findings.details if hit.id.startswith(f"{intent.topic}.")}
        asks_else = meaning.is_aspect_said and meaning.question != FOR_WHOM
        if asks_else or intent.detail in own:
            return None  # "ok, die Mail für den Kurs", "darf ich sie im Wahlkampf auslegen"
        leans = not own and not intent.detail and _leans(meaning.reading)
        return before if before.detail in own or leans else None

    @staticmethod
    def _lacks_topic(meaning: Understanding) -> bool:
        """Return whether all that is said is what is wanted, and not of whom: "eine Telefonnummer bitte"."""
        if (
            meaning.session.focus is not None
            or meaning.named
            or not (meaning.is_explained and meaning.is_aspect_said)
        ):
            return False
        return not _is_about_us(meaning)

    def _asks_for_every_contact(self, meaning: Understanding) -> bool:
        """Return whether the contacts of all offers are asked for and nothing else: "alle Nummern"."""
        findings, folded = meaning.reading.findings, meaning.reading.mended
        every = [hit for hit in findings.signals if hit.id == Signal.EVERY]
        hits = (*every, *findings.questions, *findings.aspects)
        asked = {hit.id for hit in (*findings.questions, *findings.aspects)}
        is_contact = bool(asked) and asked <= {*self._parts, str(Aspect.CONTACT)}
        if not every or not is_contact or meaning.named or references.pointing(findings, folded):
            return False
        return all(folded[place] in grammar.LISTING for place in self._model.lexicon.left_over(folded, hits))

    @staticmethod
    def _is_aside(meaning: Understanding) -> bool:
        """Return whether "back" is said in passing: "deine Auskunft von vorhin war falsch"."""
        return len(meaning.reading.mended) > _LONGEST_BACK and _is_about_us(meaning)

    def _back(self, meaning: Understanding) -> Turn:
        target = meaning.session.earlier[-1]
        # "Zurück zu den Trainings: Gibt es auch welche für Azubis?" asks for a side of its own.
        is_side_asked = meaning.is_aspect_said or (
            meaning.asks and meaning.judgement.aspects[meaning.aspect] >= SURELY
        )
        aspect = meaning.aspect if is_side_asked else target.aspect
        return self._steering.returned(meaning.session, replace(target, aspect=aspect))


def _leans(reading: Reading) -> bool:
    """Return whether a few words carry on what was said last and ask nothing of their own: "und die CDU?"."""
    findings = reading.findings
    carries_on = any(hit.id == Signal.CONTINUATION and hit.start == 0 for hit in findings.signals)
    is_own = reading.names or reading.questions or findings.references or findings.has_signal(Signal.QUESTION)
    return carries_on and len(reading.mended) <= LONGEST_BARE and not is_own


def _is_about_us(meaning: Understanding) -> bool:
    """Return whether an utterance is surely about the bot or small talk."""
    best = meaning.candidates[0]
    return best.topic in _ABOUT_US and best.confidence >= SURE
