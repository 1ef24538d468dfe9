"""Whether somebody is in danger or despair, and what is said for as long as it lasts.

An emergency lasts until the person says that it is over or asks for something
else in so many words. Until then whatever leans on what was said ("und
jetzt?", "da geht keiner ran") is said about the emergency, not about an offer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot import grammar, references
from bot.all_clear import AllClear
from bot.answers import Answers
from bot.context import SELF_EXPLANATORY, SURE, is_surely_other
from bot.decision import Costs
from bot.distance import LONG_STORY, Distance
from bot.knowledge import Knowledge
from bot.layout import DANGER, DESPAIR, INJURY
from bot.matching.learning import ALARM, FOLLOW_UP
from bot.matching.model import Judgement, Model
from bot.matching.reading import Reading
from bot.reply import Aspect, Outcome, Reply
from bot.safety import Safety
from bot.session import Intent, Session
from bot.steering import Turn
from bot.text import Word, sentence_start, words
from bot.understanding import Interpreter, Understanding, is_alarm

_STANDS_OUT, _HARDLY_FELT = 0.93, 0.8
"""Danger that some stretch of such a message must have if the whole has none, and if it has: stories sound like now."""
_TRACE_OF_DANGER = 0.0001
"""Danger of the whole message below which none drowns in it."""
_SURELY_DANGER, _SURELY_WORDLESS = 0.9, 0.97
"""Danger that such a stretch alone must have, with and without a word of danger."""
_NEAR = 16
"""Words around such a stretch within which a phrase of what is past, rehearsed or imagined counts for it."""
_SAME_KIND = 10.0
"""How much likelier the kind of emergency is that lasts: "ich hab mich eingeschlossen" is no despair then."""
_FEW = 3
"""Words up to which a signal may be no more than a number."""
_FEW_MORE = 6
"""Words up to which what leans on an emergency that is over asks for no more than help."""
_NUMBER = re.compile(r"\b\d+(?: \d+)*\b")
_SURELY_DESPAIR = 0.8
"""Despair from which it is heard in the middle of a danger, too, where no word speaks of it."""
_RIVALS = 2.0
"""How much likelier despair may be than danger where fear of somebody is told of, and it is the danger all the same."""
_LINGERING = 0.25
"""Danger in what is said behind an all-clear from which it is not believed yet."""
_REPORTING = "reporting"
LONGEST_CRY = 10
"""Words up to which what is not understood is a cry for help."""
_LONGEST_FORESEEN = 16
"""Words up to which a phrase of what is said meanwhile decides: doubts are told at some length."""


class Emergency:
    """Finds emergencies and answers while one lasts."""

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
        vocabulary = knowledge.vocabulary
        self.safety = Safety(knowledge.safety, distance, model.lexicon.known)
        self.all_clear = AllClear(knowledge.safety, vocabulary.signals["negation"], vocabulary.fillers)
        self._topics, self._covered, self._answers = knowledge.topics, knowledge.covered, answers
        self._interpreter, self._model, self._costs = interpreter, model, costs
        self._distance, self._hopelessness = distance, knowledge.safety.hopelessness
        self._next = {
            kind: answers.options.chosen_from(choices) for kind, choices in self.safety.next.items()
        }

    # --- danger is told of ----------------------------------------------------------

    def found(self, text: str, found: Sequence[Word], session: Session) -> Turn | None:
        """Answer a text that tells of danger; ``None`` if it does not."""
        judgement = self._model.judge(text, found)
        meaning = self._interpreter.interpret(judgement, session)
        return self.judged(*self.seen(judgement, meaning, session), session)

    def judged(self, judgement: Judgement, meaning: Understanding, session: Session) -> Turn | None:
        """Answer a judged text that tells of danger; ``None`` if it does not."""
        if not is_alarm(meaning, self._costs):
            return None
        if self._is_foreseen(judgement, meaning, session):
            return self.held(judgement, session)
        alarms = dict(judgement.alarms)
        if session.alarm != DESPAIR and self._is_of_others(judgement, meaning):
            rest = judgement.danger - alarms.pop(DESPAIR)
            if not is_alarm(replace(meaning, danger=rest, is_danger_worded=False), self._costs):
                return None
        elif self._is_rather_fear(alarms, judgement, meaning):
            alarms[DESPAIR] = 0.0
        if session.alarm in alarms:
            alarms[session.alarm] *= _SAME_KIND
        kind = max(alarms, key=lambda kind: alarms[kind])
        if kind == DESPAIR and session.alarm and self._is_doubtful(alarms, meaning):
            return self.held(judgement, session)  # "ich hab den Brief schon angefasst"
        if self._is_weaker(kind, meaning, session):  # "gibts jemand mit dem man reden kann"
            return self.held(judgement, session)
        asks = not meaning.is_danger_worded and self.safety.asks(judgement.reading.mended)
        if kind == session.alarm and asks:  # "was wird aus dem Auto" tells of nothing new
            return self.held(judgement, session)
        return self.raised(kind, session)

    def _is_of_others(self, judgement: Judgement, meaning: Understanding) -> bool:
        """Return whether what sounds like despair is told of others: "der ist nicht mehr da", "da steht, ich soll sterben".

        What is told beside it is the person's own: "ich kann nicht mehr, sie schreiben, ich soll sterben".
        """
        text, found = judgement.reading.text, judgement.reading.words
        folded = [word.folded for word in found]
        if not meaning.is_danger_worded and (gone := grammar.absent(folded)) >= 0:
            start, end = grammar.clause(text, found, gone, gone + 1, grammar.JOINING)
            beside = f"{text[: found[start].start]}{text[found[end - 1].end :]}"
        elif (start := self.safety.wish_of_others(folded)) > 0:
            beside = text[: found[start].start]
        else:
            return False
        despair = self._model.judge(beside).alarms[DESPAIR] if words(beside) else 0.0
        return not is_alarm(replace(meaning, danger=despair, is_danger_worded=True), self._costs)

    def _is_rather_fear(
        self, alarms: Mapping[str, float], judgement: Judgement, meaning: Understanding
    ) -> bool:
        """Return whether fear of somebody sounds like despair, too: "ich habe Angst, dass heute jemand vor der Tür steht"."""
        is_near = alarms[DESPAIR] < _SURELY_DESPAIR and alarms[DESPAIR] <= _RIVALS * alarms[DANGER]
        return (
            is_near and meaning.is_uneasy and not judgement.reading.findings.has_concept(self._hopelessness)
        )

    @staticmethod
    def _is_doubtful(alarms: Mapping[str, float], meaning: Understanding) -> bool:
        return alarms[DESPAIR] < _SURELY_DESPAIR and not meaning.is_danger_worded

    def seen(
        self, judgement: Judgement, meaning: Understanding, session: Session
    ) -> tuple[Judgement, Understanding]:
        """Return what is to be made of a judged text once a long one was looked at in stretches.

        A stretch that surely tells of danger is what counts; danger that no stretch shows is none.
        """
        reading, raises = judgement.reading, is_alarm(meaning, self._costs)
        is_clear = not raises and judgement.danger < _TRACE_OF_DANGER
        if len(reading.words) <= LONG_STORY or is_clear:
            return judgement, meaning
        stretch = self._model.strongest(reading)
        around = reading.mended[max(stretch.start - _NEAR, 0) : stretch.end + _NEAR]
        is_distant = self._distance.is_distant(around)
        if raises:
            least = _STANDS_OUT if is_distant else _HARDLY_FELT
            return judgement, meaning if stretch.chance >= least else replace(meaning, danger=0.0)
        if stretch.chance < _STANDS_OUT or is_distant:
            return judgement, meaning
        part = self._model.judge(
            reading.text[reading.words[stretch.start].start : reading.words[stretch.end - 1].end]
        )
        meant = self._interpreter.interpret(part, session)
        is_sure = meant.danger >= (_SURELY_DANGER if meant.is_danger_worded else _SURELY_WORDLESS)
        return (part, meant) if is_sure else (judgement, meaning)

    def raised(self, kind: str, session: Session) -> Turn:
        """Answer an emergency that is told of."""
        return self._said(self.safety.reply(kind), kind, session)

    def signalled(self, kind: str, found: Sequence[Word], session: Session) -> Turn:
        """Answer a fixed signal; a few words that tell of nothing new in the same emergency do not raise it again.

        "110 besetzt" is one because of the number, and needs another answer.
        """
        folded = [word.folded for word in found]
        is_known = kind == session.alarm and len(folded) <= _FEW and self.safety.is_foreseen(kind, folded)
        if is_known:
            return self._said(self.safety.meanwhile(kind, folded), kind, session)
        return self.raised(kind, session)

    # --- it lasts -------------------------------------------------------------------

    def lasting(self, judgement: Judgement, meaning: Understanding, session: Session) -> Turn:
        """Answer that an emergency is not over: about another kind of it if that is told of, else about the same."""
        for kind, danger in judgement.alarms.items():
            is_felt = kind != DESPAIR or not self._is_doubtful(judgement.alarms, meaning)
            is_other = kind != session.alarm and is_felt and not self._is_weaker(kind, meaning, session)
            if is_other and is_alarm(replace(meaning, danger=danger), self._costs):
                return self.raised(kind, session)
        return self.held(judgement, session)

    @staticmethod
    def _is_weaker(kind: str, meaning: Understanding, session: Session) -> bool:
        """Return whether despair that lasts goes before another ``kind``, of which no word speaks."""
        return session.alarm == DESPAIR and kind != DESPAIR and not meaning.is_danger_worded

    def held(self, judgement: Judgement, session: Session) -> Turn:
        """Answer what is said while an emergency lasts."""
        kind = _kind(session)
        return self._said(self.safety.meanwhile(kind, judgement.reading.mended), kind, session)

    def reported(self, judgement: Judgement, meaning: Understanding, session: Session) -> Turn | None:
        """Answer where to report what happened ("wo kann ich das anzeigen"), below the numbers; ``None`` if that is not asked.

        Who asks so may be safe already, or may look for help with what is still going on: both are served.
        """
        reports = self._asks_where_to_report(judgement.reading)
        helping = self._helping(session.alarm)
        if not reports or helping is None or meaning.named:
            return None
        if is_surely_other(judgement, self._covered, helping):
            return None
        intent = Intent(helping.topic, Aspect.CONTACT)
        reply = self._answers.answer(intent)
        led = replace(reply, paragraphs=(self.safety.reminders[session.alarm], *reply.paragraphs))
        return led, session.moved(intent, reply, is_covered=True)

    def _asks_where_to_report(self, reading: Reading) -> bool:
        """Return whether the words ask that, without those that only fill them: "wo kann ich das denn später anzeigen"."""
        if reading.findings.has_signal(_REPORTING):
            return True
        plain = [word for word in reading.mended if word not in grammar.LATER]
        return len(plain) < len(reading.mended) and self._model.lexicon.find(plain).has_signal(_REPORTING)

    def is_meant(self, judgement: Judgement, meaning: Understanding, session: Session) -> bool:
        """Return whether an utterance is surely about the emergency that lasts."""
        if meaning.named:
            return False
        if self._is_foreseen(judgement, meaning, session):
            return True
        leans = judgement.confidence(FOLLOW_UP) + judgement.confidence(ALARM) >= SURE
        # "und die Nummer?" may be that of the offer spoken of before.
        return leans and not (session.focus and judgement.reading.questions)

    def _is_foreseen(self, judgement: Judgement, meaning: Understanding, session: Session) -> bool:
        """Return whether there is a sentence for an utterance meanwhile, and no new danger in it."""
        reading = judgement.reading
        is_short = len(reading.words) <= _LONGEST_FORESEEN and not meaning.is_danger_worded
        return bool(session.alarm) and is_short and self.safety.is_foreseen(session.alarm, reading.mended)

    def reminded(self, reply: Reply, session: Session) -> Reply:
        """Put the numbers of the emergency that lasts under a reply about something else, unless it names them."""
        if not self._is_to_be_reminded(reply, session.alarm):
            return reply
        return replace(reply, paragraphs=(*reply.paragraphs, self.safety.reminders[session.alarm]))

    def recalled(self, turn: Turn, judgement: Judgement, session: Session, *, asks: bool) -> Turn:
        """Return what is said while nobody has said yet that an emergency is over in which a question was answered.

        Answers keep its numbers; who asks nothing and is not understood ("meine Kinder schlafen oben") is held again.
        """
        reply, after = turn
        lasting = replace(session, alarm=session.lately)
        is_missed = reply.outcome in (Outcome.CLARIFY, Outcome.FALLBACK) and not session.misses
        if is_missed and not asks and not self._is_asked_back(session):
            return self.held(judgement, lasting)
        return self.reminded(reply, lasting), after

    def _is_asked_back(self, session: Session) -> bool:
        """Return whether a choice is open that is not the one of what helps after an emergency."""
        return bool(references.offered(session)) and session.options != self._next[_kind(session)]

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
        if not _kind(session) or after == Session():  # forgotten with all else
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

    def ended(self, session: Session) -> Session:
        """Return the session after an emergency; what helps then becomes the topic unless there is one."""
        focus = session.focus or self._helping(_kind(session))
        return Session(focus, session.earlier)

    def afterwards(self, judgement: Judgement, session: Session) -> Session:
        """Return the session in which what is said right after an emergency is understood.

        "Und die Nummer?" is that of the offer spoken of before, "wer hilft mir jetzt?" asks what helps after a danger.
        """
        reading, before = judgement.reading, session.focus
        if reading.questions or reading.names:
            return session
        # All offers alone may be chosen after much else, too: what was spoken of stays then.
        focus = next(filter(None, map(self._helping, self._just_over(session))), None)
        if focus is None:
            return session
        is_left = before is not None and before.topic != focus.topic
        earlier = (*session.earlier, before) if before and is_left else session.earlier
        return replace(session, focus=focus, earlier=earlier)

    def what_helps(self, judgement: Judgement, session: Session) -> str:
        """Return the choice that answers "und nu", "wer hilft mir jetz" right after an emergency; nothing if that is not asked."""
        folded = judgement.reading.mended
        if len(folded) > _FEW_MORE or not self.safety.asks(folded):
            return ""
        is_asked = any(self.safety.is_foreseen(kind, folded) for kind in self._just_over(session))
        return session.options[0].choice if is_asked else ""

    def over_again(self, text: str, found: Sequence[Word], session: Session) -> Session | None:
        """Return the session of the emergency that was said to be over if a text says so again: "der ist festgenommen".

        ``None`` if it does not, or if it is not known which kind of emergency it was.
        """
        over = self._just_over(session)
        if len(over) != 1 or not self.all_clear.found(over[0], text, found):
            return None
        return replace(session, lately=over[0])

    def _just_over(self, session: Session) -> list[str]:
        """Return the kinds of emergency of which one was said to be over, and at the most a nod since.

        Nothing is remembered for it, what may be chosen tells: every reply with a choice of its own ends it. Kinds
        that offer the same afterwards are not told apart.
        """
        if session.alarm or not session.options:
            return []
        return [kind for kind, options in self._next.items() if options == session.options]

    def _helping(self, kind: str) -> Intent | None:
        """Return the first thing to choose after an emergency of ``kind`` if it is something of a source."""
        choices = self.safety.next[kind]
        topic, _, side = choices[0].partition(".") if choices else ("", "", "")
        if not topic or not self._topics[topic].source:
            return None
        return Intent(topic, Aspect(side) if side in set(Aspect) else None)

    def next_danger(
        self, text: str, found: Sequence[Word], clear: tuple[int, int], session: Session
    ) -> Turn | None:
        """Answer the next danger that a text tells of; its words ``clear`` say that the last one is over."""
        start, end = clear
        if _kind(session) == DESPAIR:  # "nein, ich will nicht sterben" tells of none
            beside = f"{text[: found[start].start]}{text[found[end - 1].end :]}"
            said = words(beside)
            if not self.all_clear.says_more(found, clear):
                return None
            is_foreseen = self.safety.is_foreseen(DESPAIR, [word.folded for word in said])
            if is_foreseen and not self._asks_for_an_offer(beside, said):  # "ist eh alles egal"
                return self.held(self._model.judge(beside, said), session)
            return self.found(beside, said, self.ended(session))
        judgement = self._model.judge(text, found)
        meaning = self._interpreter.interpret(judgement, session)
        dangers = {DESPAIR: judgement.alarms[DESPAIR]}  # "am liebsten wär ich gar nicht mehr da"
        if self._is_of_others(judgement, meaning):  # "der ist nicht mehr da"
            del dangers[DESPAIR]
        if start and _kind(session) != INJURY:  # "meine Frau blutet am Kopf, er ist weg"
            before = self._model.judge(text[: found[start].start])
            dangers[INJURY] = min(judgement.alarms[INJURY], before.alarms[INJURY])
        for kind, danger in dangers.items():
            if is_alarm(replace(meaning, danger=danger), self._costs):
                return self.raised(kind, session)
        if len(found) <= end:
            return None
        rest = text[found[end].start :]  # "er ist weg, aber jetzt ..."
        said = words(rest)
        anew = self.found(rest, said, self.ended(session))
        if anew is not None or not session.alarm or self.safety.asks([word.folded for word in said]):
            return anew
        lingers = self._model.judge(rest, said).danger >= _LINGERING
        return self.held(judgement, session) if lingers else None  # "der eine ist weg, zwei sind im Garten"

    def _asks_for_an_offer(self, text: str, found: Sequence[Word]) -> bool:
        """Return whether the last sentence of a text surely asks for something of a source: "wer hilft mir gegen Drohbriefe"."""
        last = text[found[sentence_start(text, found, len(found) - 1)].start :]
        asked = self._model.judge(last)
        best = asked.candidates[0]
        is_of_offer = best.topic in self._covered and best.confidence >= SELF_EXPLANATORY
        return is_of_offer and self.safety.asks(asked.reading.mended)

    def relieved(self, session: Session) -> Turn:
        """Answer that the emergency of ``session`` is over."""
        kind = _kind(session)
        reply = self._answers.relieved(self.safety.next[kind], self.safety.over[kind])
        return reply, replace(self.ended(session), options=reply.options)

    def _said(self, reply: Reply, kind: str, session: Session) -> Turn:
        options = self._next[kind]
        after = replace(session, options=options, misses=0, alarm=kind, lately="")
        return replace(reply, options=options), after


def _numbers(text: str) -> set[str]:
    """Return the emergency numbers in ``text``: "110", "116 123"."""
    return set(_NUMBER.findall(text))


def _kind(session: Session) -> str:
    """Return the kind of the emergency that lasts or did lately."""
    return session.alarm or session.lately
