"""Whether somebody is in danger or despair, and what is said for as long as it lasts.

An emergency lasts until the person says that it is over or asks for something
else in so many words. Until then whatever leans on what was said ("und
jetzt?", "da geht keiner ran") is said about the emergency, not about an offer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from bot import grammar
from bot.answering.answers import Answers
from bot.knowledge import Knowledge
from bot.layout import ALARM, DANGER, DESPAIR, FOLLOW_UP, INJURY, WORRY, learned_as
from bot.matching.model import Judgement, Model
from bot.reading.asking import is_put_as_question
from bot.reading.reader import Reading
from bot.reply import Aspect, Outcome, Reply
from bot.safety.all_clear import AllClear
from bot.safety.distance import Distance
from bot.safety.signs import Safety
from bot.session import Intent, Session, Turn
from bot.signals import Signal
from bot.text import Utterance
from bot.turn.aftermath import Aftermath
from bot.understanding import references
from bot.understanding.confidence import SURE, explains_itself
from bot.understanding.context import is_surely_other
from bot.understanding.danger import Danger, is_doubtful_despair, is_weaker
from bot.understanding.decision import Costs
from bot.understanding.interpreter import Interpreter, Understanding

_FEW = 3
"""Words up to which a signal may be no more than a number."""
_NUMBER = re.compile(r"\b\d+(?: \d+)*\b")
_LINGERING = 0.25
"""Danger in what is said behind an all-clear from which it is not believed yet."""
LONGEST_CRY = 10
"""Words up to which what is not understood is a cry for help."""
_LONGEST_FORESEEN = 16
"""Words up to which a phrase of what is said meanwhile decides: doubts are told at some length."""


class Emergency:
    """Answers emergencies and what is said while one lasts."""

    def __init__(
        self,
        knowledge: Knowledge,
        answers: Answers,
        interpreter: Interpreter,
        model: Model,
        *,
        distance: Distance,
        costs: Costs,
    ) -> None:
        safety, signals = knowledge.safety, knowledge.vocabulary.signals
        self.safety = Safety(safety, distance, model.lexicon.known)
        self.all_clear = AllClear(safety, signals[Signal.NEGATION], knowledge.vocabulary.fillers)
        self.danger = Danger(
            model,
            interpreter,
            self.safety,
            distance=distance,
            hopelessness=safety.hopelessness,
            bodily=safety.concepts - safety.hands_on,
            costs=costs,
        )
        self._next = {
            kind: answers.options.chosen_from(choices) for kind, choices in self.safety.next.items()
        }
        self.aftermath = Aftermath(knowledge, answers, self.safety, self.all_clear, self._next)
        self._covered, self._answers = knowledge.covered, answers
        self._interpreter, self._model = interpreter, model

    # --- danger is told of ----------------------------------------------------------

    def found(self, utterance: Utterance, session: Session) -> Turn | None:
        """Answer an utterance that tells of danger; ``None`` if it does not."""
        return self.judged(self.danger.heard(utterance, session))

    def judged(self, meaning: Understanding) -> Turn | None:
        """Answer a judged utterance that tells of danger; ``None`` if it does not."""
        session = meaning.session
        if not self.danger.is_told(meaning.risk):
            return None
        if self._is_foreseen(meaning):
            return self.held(meaning.reading, session)
        kind = self.danger.kind(meaning, learned_as(session.alarm))
        if kind is None:
            return None
        if not self._is_new(kind, meaning):
            return self.held(meaning.reading, session)
        return self.raised(kind, meaning.judgement, session)

    def _is_new(self, kind: str, meaning: Understanding) -> bool:
        """Return whether danger of ``kind`` is news for the emergency that lasts, if one does."""
        lasting = learned_as(meaning.session.alarm)
        if not lasting:
            return True
        if kind == DESPAIR != lasting and is_doubtful_despair(meaning):
            return False
        if is_weaker(kind, meaning, lasting):  # "gibts jemand mit dem man reden kann"
            return False
        asks = not meaning.risk.is_worded and is_put_as_question(meaning.reading.mended)
        return not (asks and kind == lasting)  # "was wird aus dem Auto"

    def raised(self, kind: str, judgement: Judgement, session: Session) -> Turn:
        """Answer an emergency of a ``kind`` that is told of in a judged utterance; despair as that of whom it is."""
        may_be_worry = kind == DESPAIR != session.alarm and self.safety.knows(WORRY)
        if may_be_worry and self.danger.is_of_somebody_else(judgement):
            kind = WORRY
        return self._said(self.safety.reply(kind), kind, session)

    def signalled(self, kind: str, utterance: Utterance, session: Session) -> Turn:
        """Answer a fixed signal; a few words that tell of nothing new in the same emergency do not raise it again.

        "110 besetzt" is one because of the number, and needs another answer.
        """
        folded = utterance.folded
        is_known = kind == learned_as(session.alarm) and len(folded) <= _FEW
        kind = session.alarm if is_known else kind
        if is_known and self.safety.is_foreseen(kind, folded):
            return self._said(self.safety.meanwhile(kind, folded), kind, session)
        if kind == DESPAIR:  # whose it is has to be judged; the other signals need no model
            return self.raised(kind, self._model.judge(utterance), session)
        return self._said(self.safety.reply(kind), kind, session)

    # --- it lasts -------------------------------------------------------------------

    def lasting(self, meaning: Understanding) -> Turn:
        """Answer that an emergency is not over: about another kind of it if that is told of, else about the same."""
        judgement, session = meaning.judgement, meaning.session
        lasting = learned_as(session.alarm)
        for kind, danger in judgement.alarms.items():
            is_felt = kind != DESPAIR or not is_doubtful_despair(meaning)
            is_other = kind != lasting and is_felt and not is_weaker(kind, meaning, lasting)
            if is_other and self.danger.is_told(meaning.risk, chance=danger):
                return self.raised(kind, judgement, session)
        return self.held(meaning.reading, session)

    def held(self, reading: Reading, session: Session) -> Turn:
        """Answer what is said while an emergency lasts."""
        kind = session.emergency
        return self._said(self.safety.meanwhile(kind, reading.mended), kind, session)

    def awaiting(self, folded: Sequence[str], session: Session, *, is_agreed: bool) -> Turn | None:
        """Answer words that only tell that help is coming, behind an "ok" or not; ``None`` if they tell more or nothing lasts."""
        reply = self.safety.awaited(session.alarm, folded, is_agreed=is_agreed) if session.alarm else None
        return None if reply is None else self._said(reply, session.alarm, session)

    def reported(self, meaning: Understanding) -> Turn | None:
        """Answer where to report what happened ("wo kann ich das anzeigen"), below the numbers; ``None`` if that is not asked.

        Who asks so may be safe already, or may look for help with what is still going on: both are served.
        """
        session = meaning.session
        reports = self._asks_where_to_report(meaning.reading)
        helping = self.aftermath.helping(session.alarm)
        if not reports or helping is None or meaning.named:
            return None
        if is_surely_other(meaning.judgement, self._covered, helping):
            return None
        intent = Intent(helping.topic, Aspect.CONTACT)
        reply = self._answers.answer(intent)
        led = replace(reply, paragraphs=(self.safety.reminders[session.alarm], *reply.paragraphs))
        return led, session.moved(intent, reply, is_covered=True)

    def _asks_where_to_report(self, reading: Reading) -> bool:
        """Return whether the words ask that, without those that only fill them: "wo kann ich das denn später anzeigen"."""
        if reading.findings.has_signal(Signal.REPORTING):
            return True
        plain = [word for word in reading.mended if word not in grammar.LATER]
        return len(plain) < len(reading.mended) and self._model.lexicon.find(plain).has_signal(
            Signal.REPORTING
        )

    def is_meant(self, meaning: Understanding) -> bool:
        """Return whether an utterance is surely about the emergency that lasts."""
        if meaning.named:
            return False
        if self._is_foreseen(meaning):
            return True
        judgement = meaning.judgement
        leans = judgement.confidence(FOLLOW_UP) + judgement.confidence(ALARM) >= SURE
        # "und die Nummer?" may be that of the offer spoken of before.
        return leans and not (meaning.session.focus and meaning.reading.questions)

    def _is_foreseen(self, meaning: Understanding) -> bool:
        """Return whether there is a sentence for an utterance meanwhile, and no new danger in it."""
        reading, session = meaning.reading, meaning.session
        is_short = len(reading.mended) <= _LONGEST_FORESEEN and not meaning.risk.is_worded
        return bool(session.alarm) and is_short and self.safety.is_foreseen(session.alarm, reading.mended)

    def reminded(self, reply: Reply, session: Session) -> Reply:
        """Put the numbers of the emergency that lasts under a reply about something else, unless it names them."""
        if not self._is_to_be_reminded(reply, session.alarm):
            return reply
        return replace(reply, paragraphs=(*reply.paragraphs, self.safety.reminders[session.alarm]))

    def recalled(self, turn: Turn, reading: Reading, session: Session, *, asks: bool) -> Turn:
        """Return what is said while nobody has said yet that an emergency is over in which a question was answered.

        Answers keep its numbers; who asks nothing and is not understood ("meine Kinder schlafen oben") is held again.
        """
        reply, after = turn
        lasting = replace(session, alarm=session.lately)
        is_missed = reply.outcome in (Outcome.CLARIFY, Outcome.FALLBACK) and not session.misses
        if is_missed and not asks and not self._is_asked_back(session):
            return self.held(reading, lasting)
        return self.reminded(reply, lasting), after

    def _is_asked_back(self, session: Session) -> bool:
        """Return whether a choice is open that is not the one of what helps after an emergency."""
        return bool(references.offered(session)) and session.options != self._next[session.emergency]

    def _is_to_be_reminded(self, reply: Reply, kind: str) -> bool:
        """Return whether the paragraphs of ``reply`` lack a number that the reminder of ``kind`` names."""
        reminder, said = self.safety.reminders[kind], _numbers(" ".join(reply.paragraphs))
        return bool(reminder) and not _numbers(reminder) <= said

    def kept(self, turn: Turn, session: Session) -> Turn:
        """Return what is said to a command, a choice or a gesture, while an emergency lasts or not.

        What is refused ("nein") is said about the emergency; all else, as a nod or a pressed button, gets its numbers
        and does not end it.
        """
        reply, after = turn
        if not session.emergency or after == Session():  # forgotten with all else
            return turn
        if not session.alarm:  # "1" chooses from what was asked back meanwhile
            lasting = replace(session, alarm=session.lately)
            return self.reminded(reply, lasting), replace(after, lately=after.lately or session.lately)
        if reply.outcome is Outcome.FALLBACK:
            return self._said(self.safety.meanwhile(session.alarm, ()), session.alarm, session)
        return self.reminded(reply, session), replace(after, alarm=session.alarm, lately="")

    def known(self, session: Session) -> Session:
        """Return the session with a kind of emergency that this content lacks taken for danger.

        A session may have been kept by another version.
        """
        kinds = {"", *self.safety.next}
        alarm = session.alarm if session.alarm in kinds else DANGER
        lately = session.lately if session.lately in kinds else DANGER
        if (alarm, lately) == (session.alarm, session.lately):
            return session
        return replace(session, alarm=alarm, lately=lately)

    # --- it is over -----------------------------------------------------------------

    def next_danger(self, utterance: Utterance, clear: tuple[int, int], session: Session) -> Turn | None:
        """Answer the next danger that is told of; the words ``clear`` say that the last one is over."""
        folded, (start, end) = utterance.folded, clear
        if learned_as(session.emergency) == DESPAIR:  # "nein, ich will nicht sterben" tells of none
            if not self.all_clear.says_more(folded, clear):
                return None
            beside = utterance.without(start, end)
            is_foreseen = self.safety.is_foreseen(session.emergency, beside.folded)
            if is_foreseen and not self._asks_for_an_offer(beside):  # "ist eh alles egal"
                return self.held(self._model.read(beside), session)
            if anew := self.found(beside, self.aftermath.ended(session)):
                return anew
            judgement = self._model.judge(beside)
            lingers = judgement.alarms[DESPAIR] >= _LINGERING  # "alles gut, ich hab mich verabschiedet"
            return self.held(judgement.reading, session) if lingers else None
        judgement = self._model.judge(utterance)
        if self.all_clear.leaves_harm(folded[:start]):
            return self.raised(INJURY, judgement, session)
        meaning = self._interpreter.interpret(judgement, session)
        dangers = {DESPAIR: judgement.alarms[DESPAIR]}  # "am liebsten wär ich gar nicht mehr da"
        if self.danger.is_of_others(meaning):  # "der ist nicht mehr da"
            del dangers[DESPAIR]
        # "Meine Frau blutet am Kopf, er ist weg", but "er blutet am Kopf, er ist in der Klinik" while that lasts.
        if start and (session.emergency != INJURY or self.all_clear.is_of_leaving(INJURY, folded, clear)):
            before = self._model.judge(utterance.before(start))
            dangers[INJURY] = min(judgement.alarms[INJURY], before.alarms[INJURY])
        for kind, danger in dangers.items():
            if self.danger.is_told(meaning.risk, chance=danger):
                return self.raised(kind, judgement, session)
        if len(folded) <= end:
            return None
        rest = utterance.since(end)  # "er ist weg, aber jetzt ..."
        anew = self.found(rest, self.aftermath.ended(session))
        if anew is not None or not session.alarm or is_put_as_question(rest.folded):
            return anew
        lingers = self._model.judge(rest).danger >= _LINGERING  # "der eine ist weg, zwei sind im Garten"
        return self.held(judgement.reading, session) if lingers else None

    def _asks_for_an_offer(self, utterance: Utterance) -> bool:
        """Return whether the last sentence of an utterance surely asks for something of a source: "wer hilft mir gegen Drohbriefe"."""
        asked = self._model.judge(utterance.since(utterance.last_start()))
        is_of_offer = explains_itself(asked.candidates[0], self._covered)
        return is_of_offer and is_put_as_question(asked.reading.mended)

    def _said(self, reply: Reply, kind: str, session: Session) -> Turn:
        options = self._next[kind]
        after = replace(session, options=options, misses=0, alarm=kind, lately="")
        return replace(reply, options=options), after


def _numbers(text: str) -> set[str]:
    """Return the emergency numbers in ``text``: "110", "116 123"."""
    return set(_NUMBER.findall(text))
