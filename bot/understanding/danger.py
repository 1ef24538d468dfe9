"""What kind of danger or despair an understood utterance tells of, beyond the fixed signals.

A story sounds like danger as a whole or hides it in one sentence, despair may
be that of others, and fear sounds like despair: here it is told which it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import replace

from bot import grammar
from bot.layout import ALARM, DANGER, DESPAIR, WORRY
from bot.matching.model import Judgement, Model
from bot.safety import office
from bot.safety.distance import LONG_STORY, Distance, is_of_now
from bot.safety.signs import Safety
from bot.session import Session
from bot.text import Utterance
from bot.understanding.confidence import DOUBT
from bot.understanding.decision import Costs, Risk, is_alarm
from bot.understanding.interpreter import Interpreter, Understanding
from bot.understanding.sides import takes_back

_STANDS_OUT, _HARDLY_FELT = 0.93, 0.8
"""Danger that some stretch of such a message must have if the whole has none, and if it has: stories sound like now."""
_TRACE_OF_DANGER = 0.0001
"""Danger of the whole message below which none drowns in it."""
_SURELY_DANGER, _SURELY_WORDLESS = 0.9, 0.97
"""Danger that such a stretch alone must have, with and without a word of danger."""
_NEAR = 16
"""Words around such a stretch within which a phrase of what is past, rehearsed or imagined counts for it."""
_SHORTEST_TALE = 5
"""Words that must stand beside a figure of speech to tell of danger, if none of them is a word of danger."""
_SAME_KIND = 10.0
"""How much likelier the kind of emergency is that lasts: "ich hab mich eingeschlossen" is no despair then."""
_SURELY_DESPAIR = 0.8
"""Despair from which it is heard in the middle of a danger, too, where no word speaks of it."""
_RIVALS = 2.0
"""How much likelier despair may be than danger where fear of somebody is told of, and it is the danger all the same."""


class Danger:
    """Finds danger in utterances with one model; ``hopelessness`` are the word fields of despair, ``bodily`` those of danger alone."""

    def __init__(
        self,
        model: Model,
        interpreter: Interpreter,
        safety: Safety,
        *,
        distance: Distance,
        hopelessness: Set[str],
        bodily: Set[str],
        costs: Costs,
    ) -> None:
        self._model, self._interpreter, self._safety = model, interpreter, safety
        self._distance, self._hopelessness, self._costs = distance, hopelessness, costs
        self._bodily = bodily

    def is_told(self, risk: Risk, chance: float | None = None, *, is_worded: bool | None = None) -> bool:
        """Return whether ``risk`` is to be answered as an emergency, or would be with another ``chance`` or wording."""
        if chance is not None:
            risk = replace(risk, chance=chance)
        if is_worded is not None:
            risk = replace(risk, is_worded=is_worded)
        return is_alarm(risk, self._costs)

    def heard(self, utterance: Utterance, session: Session) -> Understanding:
        """Return what an utterance means where only danger counts."""
        return self.seen(self._interpreter.interpret(self._model.judge(utterance), session))

    def seen(self, meaning: Understanding) -> Understanding:
        """Return what is to be made of a judged text once a long one was looked at in stretches, without its figures."""
        meaning = self._stretched(meaning)
        if not self.is_told(meaning.risk):
            return meaning
        return self._beside_figures(meaning) or self._carried_on(meaning) or meaning

    def _carried_on(self, meaning: Understanding) -> Understanding | None:
        """Return what an utterance means that carries on after an answer; ``None`` if it does not or tells of danger beside.

        It asks what an office does, or corrects what was told: "nee, bedroht hat er mich am Telefon".
        """
        reading, session = meaning.reading, meaning.session
        folded = reading.utterance.folded
        may_be = session.focus and not session.emergency and len(folded) <= LONG_STORY
        is_cry = meaning.risk.is_terse and meaning.risk.is_worded  # "stechen die den ab"
        if not may_be or is_cry or reading.findings.has_concept(self._bodily):
            return None
        if self._distance.is_now([word for word in folded if word not in grammar.SOON]):
            return None
        risk = replace(meaning.risk, is_follow_up=True)
        start, end = office.asked(reading.utterance)
        is_mended = not risk.is_worded and takes_back(reading) and not is_of_now(reading.mended)
        if self.is_told(risk) or not (is_mended or start < end):
            return None
        rest = Utterance.of("") if is_mended else reading.utterance.without(start, end)
        if self.is_told(self._interpreter.interpret(self._model.judge(rest), session).risk):
            return None
        calm = meaning.judgement.calm(is_asked=not is_mended)
        return replace(self._interpreter.interpret(calm, session), risk=risk)

    def _beside_figures(self, meaning: Understanding) -> Understanding | None:
        """Return what an utterance means beside its figures of speech, if that is no danger; ``None`` if it is or has none.

        "Die Hütte brennt, morgen ist Abgabe" means "morgen ist Abgabe".
        """
        beside = self._distance.figures.beside(meaning.reading.utterance)
        if beside is None:
            return None
        if beside.is_empty():
            return meaning.harmless() if beside.is_certain else None
        part = self._model.judge(beside.told)
        if not beside.is_certain and part.danger >= DOUBT:
            return None
        left = self._interpreter.interpret(part, meaning.session)
        is_mere = len(part.reading.mended) < _SHORTEST_TALE and not left.risk.is_worded
        if not is_mere and self.is_told(left.risk):
            return None
        return left.harmless()

    def _stretched(self, meaning: Understanding) -> Understanding:
        """Return what is to be made of a judged text once a long one was looked at in stretches.

        A stretch that surely tells of danger is what counts; danger that no stretch shows is none.
        """
        reading, raises = meaning.reading, self.is_told(meaning.risk)
        if not raises and meaning.judgement.danger < _TRACE_OF_DANGER:
            return meaning
        if len(reading.mended) <= LONG_STORY:
            return meaning if raises else self._behind_turn(meaning)
        stretch = self._model.strongest(reading)
        around = reading.mended[max(stretch.start - _NEAR, 0) : stretch.end + _NEAR]
        is_distant = self._distance.is_distant(around)
        if raises:
            least = _STANDS_OUT if is_distant else _HARDLY_FELT
            return meaning if stretch.chance >= least else meaning.harmless()
        if stretch.chance < _STANDS_OUT or is_distant:
            return meaning
        told = reading.utterance.part(stretch.start, stretch.end)
        meant = self._interpreter.interpret(self._model.judge(told), meaning.session)
        return meant if _is_surely_danger(meant) else meaning

    def _behind_turn(self, meaning: Understanding) -> Understanding:
        """Return what is told behind a turn to here and now, or before one to the past, if that surely is danger."""
        utterance = meaning.reading.utterance
        if not self._distance.may_turn(utterance.folded):
            return meaning
        if turn := self._distance.turn(utterance):
            near = utterance.since(turn)
        elif end := self._distance.before_past(utterance):
            near = utterance.before(end)
        elif begin := self._distance.aside(utterance):
            near = utterance.since(begin)
        else:
            return meaning
        meant = self._interpreter.interpret(self._model.judge(near), meaning.session)
        # Who woke, or tells beside a question at leisure, tells what is: only what turns from something else must be surer.
        is_apart = not turn or self._distance.woken(utterance)
        is_heard = self.is_told(meant.risk) if is_apart else _is_surely_danger(meant)
        return meant if is_heard and not meant.risk.is_distant else meaning

    def kind(self, meaning: Understanding, lasting: str) -> str | None:
        """Return the kind of the danger that is told of, rather that of the emergency that is ``lasting``.

        ``None`` if what sounds like one is the despair of others.
        """
        judgement = meaning.judgement
        alarms = dict(judgement.alarms)
        if lasting != DESPAIR and self.is_of_others(meaning):
            despair = alarms.pop(DESPAIR)
            if self._safety.is_said_to_face(meaning.reading.utterance.folded):
                alarms[DANGER] += despair
            elif not self.is_told(meaning.risk, chance=judgement.danger - despair, is_worded=False):
                return None
        elif self._is_rather_fear(alarms, meaning):
            alarms[DESPAIR] = 0.0
        if lasting in alarms:
            alarms[lasting] *= _SAME_KIND
        return max(alarms, key=lambda kind: alarms[kind])

    def is_of_others(self, meaning: Understanding) -> bool:
        """Return whether what sounds like despair is told of others: "der ist nicht mehr da", "da steht, ich soll sterben".

        What is told beside it is the person's own: "ich kann nicht mehr, sie schreiben, ich soll sterben".
        """
        utterance = meaning.reading.utterance
        folded = utterance.folded
        if not meaning.risk.is_worded and (gone := grammar.absent(folded)) >= 0:
            start, end = utterance.clause(gone, gone + 1, grammar.JOINING)
            beside = utterance.without(start, end)
        elif (start := self._safety.wish_of_others(folded)) > 0:
            beside = utterance.before(start)
        else:
            return False
        return not self.is_told(meaning.risk, chance=self._own_despair(beside), is_worded=True)

    def _own_despair(self, utterance: Utterance) -> float:
        """Return how likely an utterance tells of one's own despair."""
        if not utterance.words:
            return 0.0
        judgement = self._model.judge(utterance)
        is_mine = not grammar.WRITER.isdisjoint(utterance.folded)  # "ich kann nicht mehr, sie schreiben"
        return judgement.alarms[DESPAIR] if is_mine or not self.is_of_somebody_else(judgement) else 0.0

    def is_of_somebody_else(self, judgement: Judgement) -> bool:
        """Return whether despair is rather told of somebody else: "mein Mann will nicht mehr leben", not "will nicht mehr leben"."""
        if grammar.NAMING_OTHERS.isdisjoint(judgement.reading.mended):
            return False
        return self._model.section(ALARM, judgement) == WORRY

    def _is_rather_fear(self, alarms: Mapping[str, float], meaning: Understanding) -> bool:
        """Return whether fear of somebody sounds like despair, too: "ich habe Angst, dass heute jemand vor der Tür steht"."""
        is_near = alarms[DESPAIR] < _SURELY_DESPAIR and alarms[DESPAIR] <= _RIVALS * alarms[DANGER]
        return is_near and meaning.is_uneasy and not meaning.reading.findings.has_concept(self._hopelessness)


def is_doubtful_despair(meaning: Understanding) -> bool:
    """Return whether despair is too little to be heard in the middle of something else: "ich hab den Brief schon angefasst"."""
    return meaning.judgement.alarms[DESPAIR] < _SURELY_DESPAIR and not meaning.risk.is_worded


def is_weaker(kind: str, meaning: Understanding, lasting: str) -> bool:
    """Return whether despair that is ``lasting`` goes before another ``kind``, of which no word speaks."""
    return lasting == DESPAIR and kind != DESPAIR and not meaning.risk.is_worded


def _is_surely_danger(meaning: Understanding) -> bool:
    """Return whether a part of a message tells of danger so surely that the rest of it does not matter."""
    return meaning.risk.chance >= (_SURELY_DANGER if meaning.risk.is_worded else _SURELY_WORDLESS)
