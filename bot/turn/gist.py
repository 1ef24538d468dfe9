"""What of a message counts: the whole if it tells of danger, else what is left of it without greeting, thanks and denials.

A letter counts for the one question in it, a long message for the stretch that tells of danger. What is asked after an
answer of a thing that belongs to no offer counts as foreign.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from bot.knowledge import Knowledge
from bot.layout import FOLLOW_UP, NONE, SMALL_TALK
from bot.matching.model import Judgement, Model
from bot.reading.asking import holds_question_word, may_ask
from bot.reading.patterns import covered
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.session import Session
from bot.turn.aftermath import Aftermath
from bot.understanding.clauses import Clauses
from bot.understanding.confidence import DOUBT, explains_itself
from bot.understanding.danger import Danger
from bot.understanding.interpreter import Interpreter, Understanding
from bot.understanding.needs import ROLES
from bot.understanding.series import MOST_ASKED

_FAINT = 0.1
"""Confidence below which what an utterance means without its denials is not what the whole seems to mean."""


_SURELY_FOREIGN = 0.97
"""Confidence from which a thing belongs to no offer, whatever is asked of it."""
_SHORTEST_THING = 4
"""Letters of the shortest word that may name a thing."""
_FEW_WORDS, _TIMES_LIKELIER = 8, 3.0
"""How much likelier foreign talk is where so few words name such a thing."""


class Gist:
    """Finds what counts of the messages about one content."""

    def __init__(
        self,
        knowledge: Knowledge,
        model: Model,
        *,
        interpreter: Interpreter,
        clauses: Clauses,
        danger: Danger,
        aftermath: Aftermath,
    ) -> None:
        self._topics, self._covered = knowledge.topics, knowledge.covered
        self._dealt_with = {field for topic in knowledge.topics.values() for field in topic.fields}
        self._sympathy = knowledge.safety.sympathy
        self._model, self._interpreter, self._clauses = model, interpreter, clauses
        self._danger, self._aftermath = danger, aftermath

    def of(self, reading: Reading, session: Session) -> Understanding:
        """Return what an utterance means: as a whole if it tells of danger, else without what it denies.

        Of a long message a stretch that tells of danger is what counts.
        """
        utterance, judgement = reading.utterance, self._model.judge_reading(reading)
        if judgement.candidates[0].topic == SMALL_TALK:
            judgement = self._behind_thanks(self._behind_greeting(judgement))
        judgement = self._after(judgement, session)
        session = self._aftermath.understood(judgement, session)
        meaning = self._interpreter.interpret(judgement, session)
        if not self._danger.is_told(meaning.risk):
            body = self._clauses.without_closing(utterance)
            if body != utterance:  # only now: who signs may have told of danger
                judgement = self._after(self._model.judge(body), session)
                meaning = self._interpreter.interpret(judgement, session)
            kept = self._clauses.without_denied(body)
            if kept != body:  # only now: it may stand between words of danger
                whole, judgement = judgement, self._after(self._model.judge(kept), session)
                meaning = self._interpreter.corrected(whole, judgement, session)
            meaning = self._of_letter(self._behind_denials(meaning))
        return self._danger.seen(meaning)

    def _after(self, judgement: Judgement, session: Session) -> Judgement:
        """Return the same, foreign or more likely so where it tells of a thing that surely belongs to no offer.

        After an answer only; "und die CDU?" beside a finer point ("darf die SPD das auslegen") may be put of both.
        """
        focus = session.focus
        may_be_put = focus is not None and (not focus.detail or focus.aspect is Aspect.CONTACT)
        leans = judgement.candidates[0].topic in (NONE, FOLLOW_UP) and judgement.danger < DOUBT
        if not may_be_put or not leans:
            return judgement
        reading = judgement.reading
        added = self._clauses.thing_added(reading.utterance)
        if added is not None and self._has_strange(reading, [added], said_too=False):
            return judgement.foreign()
        places = range(len(reading.mended)) if len(reading.mended) <= _FEW_WORDS else ()
        is_strange = self._has_strange(reading, places, said_too=True)
        return judgement.likelier(NONE, _TIMES_LIKELIER) if is_strange else judgement

    def _has_strange(self, reading: Reading, places: Iterable[int], *, said_too: bool) -> bool:
        """Return whether a word at one of ``places`` surely belongs to no offer where it stands.

        Who somebody is ("und der Landrat") and what offers deal with are never strange, nor words that ask, nor, with
        ``said_too``, any that signal something.
        """
        found = reading.findings
        fields = [hit for hit in found.concepts if hit.id.startswith(ROLES) or hit.id in self._dealt_with]
        said = found.signals if said_too else ()
        known = covered((*fields, *reading.questions, *found.aspects, *said, *reading.names))
        things = [
            place for place in places if place not in known and len(reading.mended[place]) >= _SHORTEST_THING
        ]
        if not things:
            return False
        seen = self._model.glanced(reading, things, [place + 1 for place in things])
        return any(one.topic == NONE and one.confidence >= _SURELY_FOREIGN for one in seen)

    def _behind_greeting(self, judgement: Judgement) -> Judgement:
        """Return what an utterance that greets means without the greeting, if something is suffered or clearly asked there.

        "Hallo ich hab Angst", "Guten Tag, sind Sie ein Programm?"
        """
        utterance = judgement.reading.utterance
        behind = self._clauses.without_greeting(utterance)
        if behind == utterance:
            return judgement
        rest = self._model.judge(behind)
        best = rest.candidates[0]
        is_suffered = rest.reading.findings.has_concept(self._sympathy)
        is_clear = explains_itself(best, self._topics)
        asks = may_ask(rest.reading) or holds_question_word(rest.reading.mended)
        return rest if best.topic != SMALL_TALK and (is_suffered or (is_clear and asks)) else judgement

    def _behind_thanks(self, judgement: Judgement) -> Judgement:
        """Return what an utterance that opens with thanks goes on to tell, if that surely is for an offer: "danke, noch was: …"."""
        utterance = judgement.reading.utterance
        start = self._clauses.end_of_openers(utterance.folded)
        if not 0 < start < len(utterance.words):
            return judgement
        rest = self._model.judge(utterance.since(start))
        return rest if explains_itself(rest.candidates[0], self._covered) else judgement

    def _behind_denials(self, meaning: Understanding) -> Understanding:
        """Return what an utterance tells behind all that it denies, if that is surely for another offer than the whole.

        "Der ist nicht rechts, der ist auch kein Reichsbürger, der ist einfach nur laut, wenn er an den Schalter kommt."
        """
        told = self._clauses.behind_denials(meaning.reading.utterance)
        if told is None:
            return meaning
        rest, whole = self._model.judge(told), meaning.judgement.candidates[0].topic
        is_clear = explains_itself(rest.candidates[0], self._covered)
        if not is_clear or rest.confidence(whole) >= _FAINT:  # or the denial settles no doubt
            return meaning
        return replace(self._interpreter.interpret(rest, meaning.session), is_corrected=True)

    def _of_letter(self, meaning: Understanding) -> Understanding:
        """Return what the one question in a letter asks, if it stands for itself and the letter is about nothing else.

        "Guten Tag, wir sind eine kleine Gemeinde. … Gibt es den Leitfaden auch gedruckt? … Herzliche Grüße"
        Small talk is none ("wie geht es Ihnen?"); for several see ``Series``.
        """
        judgement, utterance = meaning.judgement, meaning.reading.utterance
        if not self._clauses.is_letter(utterance) or judgement.danger >= DOUBT or meaning.risk.is_worded:
            return meaning
        asked = self._clauses.questions(utterance)
        if not 0 < len(asked) <= MOST_ASKED:
            return meaning
        parts = [self._model.judge(utterance.part(start, end)) for start, end in asked]
        parts = [part for part in parts if part.candidates[0].topic != SMALL_TALK]
        if len(parts) != 1 or parts[0].reading.utterance == utterance:
            return meaning
        part = parts[0]
        best, whole = part.candidates[0], judgement.candidates[0]
        is_other = explains_itself(whole, self._covered - {best.topic})
        if is_other or not explains_itself(best, self._covered):
            return meaning
        asked_alone = self._interpreter.interpret(part, meaning.session)
        # "Wer begleitet uns da?" means what the letter does.
        is_same = explains_itself(whole, {best.topic})
        says_more = bool(asked_alone.question) or bool(asked_alone.named) or not is_same
        return asked_alone if says_more else meaning
