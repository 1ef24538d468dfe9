"""From a judged utterance and the conversation so far to what is meant.

The matcher sees one utterance; this part adds what a person keeps in mind:
what was just spoken about, that "nein" takes something back, that a named
office which is ruled out is not the one that is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from bot import grammar
from bot.knowledge import Knowledge
from bot.layout import ALARM, FOLLOW_UP, NONE, SMALL_TALK
from bot.matching.model import Candidate, Judgement
from bot.reading.asking import is_question
from bot.reading.lexicon import Lexicon
from bot.reading.names import NameHit, Stance
from bot.reading.patterns import Hit, Patterns
from bot.reading.reader import Reading
from bot.reply import Aspect
from bot.safety.distance import Distance
from bot.session import Session
from bot.signals import Signal
from bot.understanding import references
from bot.understanding.confidence import explains_itself
from bot.understanding.decision import Risk
from bot.understanding.likelihood import Likelihood
from bot.understanding.manner import Manner
from bot.understanding.nearness import Nearness
from bot.understanding.questions import Questions
from bot.understanding.sides import Said, takes_back, wanted_side

FOREIGN = frozenset({NONE, FOLLOW_UP, ALARM})
_RATHER = 3.0
"""How much likelier one of two topics must be to be the one that is meant by "which of them"."""
_FAINT = 0.05
"""Confidence that the likelier one needs at least."""
_MOST_BETWEEN = 2
"""Words that may stand between a question and the thing it is put of: "wie lange dauert so eine Analyse"."""
_AROUND_A_CHOICE = frozenset([Signal.CORRECTION, Signal.OPENER, Signal.CONTINUATION])
"""Signals that may stand around "das zweite" and say nothing else."""
UNASKED = frozenset([SMALL_TALK])
"""Topics that are answered but never offered: nobody is asked whether small talk is meant."""


@dataclass(frozen=True, slots=True)
class Understanding:
    """What an utterance means in its conversation.

    ``judgement`` is what was made of the part of it that counts, ``session`` what was remembered when it was said.
    ``candidates`` sum to 1. ``named`` are topics named and meant, in order,
    ``asked`` those of them in the last sentence.
    ``is_explained``: no word is left over beside names, questions and fillers.
    ``risk`` is that of an emergency; ``is_uneasy``: some word speaks of threat or fear;
    ``is_suffered``: one of what somebody suffers, and one of oneself.
    ``aspect`` is always set; ``is_aspect_said`` tells whether the words say it.
    ``asks``: the words ask something, or nothing beside the question is said.
    ``is_corrected``: something was denied and left out, the rest is what is wanted instead.
    ``question`` is the id of the question of the vocabulary that is asked, "" if none is;
    ``is_back``: "zurück" is said; ``is_comparison``: it is asked how topics differ.
    """

    judgement: Judgement
    session: Session
    candidates: tuple[Candidate, ...]
    named: tuple[str, ...]
    asked: tuple[str, ...]
    aspect: Aspect
    is_aspect_said: bool
    question: str
    is_explained: bool
    risk: Risk
    is_uneasy: bool
    is_suffered: bool
    is_back: bool
    is_comparison: bool
    asks: bool
    is_corrected: bool = False

    @property
    def reading(self) -> Reading:
        """The words of the part that counts, and what they hit."""
        return self.judgement.reading

    def harmless(self) -> Understanding:
        """Return the same where what sounds like danger is none."""
        return replace(self, risk=replace(self.risk, chance=0.0))

    def without(self, topic: str) -> Understanding:
        """Return what is meant if it is not ``topic``."""
        others = {one.topic: one.confidence for one in self.candidates if one.topic != topic}
        return replace(self, candidates=_normalised(others))


class Interpreter:
    """Interprets judgements with the vocabulary of one content."""

    def __init__(self, knowledge: Knowledge, lexicon: Lexicon, distance: Distance) -> None:
        self._topics = knowledge.topics
        self._questions = Questions(knowledge.vocabulary, lexicon)
        self._uneasy, self._suffered = knowledge.safety.unease, knowledge.safety.sympathy
        self._lexicon, self._nearness = lexicon, Nearness(knowledge.safety, distance)
        signals = knowledge.vocabulary.signals
        pointing: dict[str, tuple[str, ...]] = {
            word: signals.get(word, ()) for word in sorted(references.ALONE)
        }
        self._pointing = Patterns(pointing, lexicon.known)
        self._choosing = Patterns({Signal.CHOICE: signals.get(Signal.CHOICE, ())}, lexicon.known)
        self._manner = Manner(knowledge, lexicon)
        self._likelihood = Likelihood(knowledge.topics, lexicon, self._manner)

    def interpret(
        self, judgement: Judgement, session: Session, *, is_corrected: bool = False
    ) -> Understanding:
        """Return what ``judgement`` means after what ``session`` remembers; ``is_corrected`` as of ``Understanding``."""
        said = self._said(judgement, session, is_corrected=is_corrected)
        aspect, is_aspect_said, is_carried = wanted_side(judgement, said, session)
        weights = self._likelihood.weights(judgement, said, session, is_aspect_said=is_aspect_said)
        findings = judgement.reading.findings
        asks = said.is_explained or is_question(judgement.reading)
        risk = self._nearness.risk(
            judgement,
            said,
            weights,
            asks=asks,
            is_aspect_said=is_aspect_said,
            is_talking=session.focus is not None,
        )
        return Understanding(
            judgement=judgement,
            session=session,
            candidates=_normalised(weights),
            named=said.named,
            asked=said.asked,
            aspect=aspect,
            is_aspect_said=is_aspect_said,
            question=self._question(said, session, is_carried=is_carried),
            is_explained=said.is_explained,
            risk=risk,
            is_uneasy=findings.has_concept(self._uneasy),
            is_suffered=not grammar.FIRST_PERSON.isdisjoint(judgement.reading.mended)
            and findings.has_concept(self._suffered),
            is_back=any(
                hit.id == Signal.BACK and not _is_within(hit, said.questions) for hit in findings.signals
            ),
            is_comparison=findings.has_signal(Signal.COMPARISON),
            asks=asks,
            is_corrected=is_corrected,
        )

    def corrected(self, whole: Judgement, kept: Judgement, session: Session) -> Understanding:
        """Return what is meant by the part that was ``kept`` of an utterance, judged, when what it denies was left out.

        "Nicht die Broschüre will ich bestellen, sondern den Leitfaden" says with what was left out what is wanted.
        """
        meaning = self.interpret(kept, session, is_corrected=True)
        sides = {Aspect(hit.id) for hit in whole.reading.findings.aspects}
        if meaning.is_aspect_said or len(sides) != 1:
            return meaning
        return replace(meaning, aspect=sides.pop(), is_aspect_said=True)

    def points(self, folded: Sequence[str]) -> bool:
        """Return whether some word points to what was shown or said: "die zweite", "das andere"."""
        return bool(self._pointing.scan(folded))

    def ordinal(self, folded: Sequence[str]) -> str:
        """Return the word of ``references`` if the words say only that: "das zweite", "nichts davon"."""
        if len(folded) > references.LONGEST or not self.points(folded):
            return ""  # as nearly always
        found = self._lexicon.find(folded)
        pointing = references.pointing(found, folded)
        rejections = [hit for hit in found.signals if hit.id == Signal.REJECTION]
        hits = [*pointing, *rejections]
        if not hits:
            return ""
        # "Nein, das andere" chooses, "keins von beiden" does not.
        chooses = pointing and not any(hit.id == Signal.BOTH for hit in pointing)
        first = min(pointing if chooses else hits, key=lambda hit: hit.start)
        if found.questions or (first.id == Signal.OTHER and found.has_signal(Signal.LIKEWISE)):
            return ""  # "die Nummer von der ersten", "und die vom anderen"; "nee" and the "ne" of "ne Nummer" fold alike
        if first.id in references.PLACES and not chooses:
            return ""  # "die ersten beiden"
        if chooses:  # "ach nein, die zweite Stelle war gemeint"
            hits += [hit for hit in found.signals if hit.id in _AROUND_A_CHOICE]
            hits += self._choosing.find(folded)
        left = {folded[place] for place in self._lexicon.left_over(folded, hits)}
        says_more = first.id == Signal.BOTH or not left <= (grammar.CHOOSING if chooses else frozenset())
        return "" if says_more else first.id

    def only_asks(self, reading: Reading) -> bool:
        """Return whether an utterance holds nothing but names, fillers, questions and what has digits or an "@"."""
        signals = reading.findings.signals
        return all(
            any(letter.isdigit() for letter in reading.mended[place]) or self._is_part_of_mail(reading, place)
            for place in self._lexicon.left_over(
                reading.mended, (*reading.names, *reading.questions, *signals)
            )
        )

    @staticmethod
    def _is_part_of_mail(reading: Reading, place: int) -> bool:
        text, word = reading.utterance.text, reading.utterance.words[place]
        begin = max(text.rfind(" ", 0, word.start), 0)
        end = text.find(" ", word.end)
        return "@" in text[begin : end if end >= 0 else None]

    def detail(self, topic: str, meaning: Understanding) -> str:
        """Return the finer point of ``topic`` that is asked for, or nothing."""
        aspect, details, found = meaning.aspect, self._topics[topic].details, meaning.reading.findings
        asked = self._questions.by_id.get(meaning.question)
        asked = asked if asked is not None and asked.aspect is aspect else None
        asking = () if asked is None else [hit for hit in found.questions if hit.id == asked.id]
        own = [
            (hit.end - hit.start, key)
            for hit in found.details
            for of, _, key in (hit.id.partition("."),)
            if of == topic
            and ((details[key].aspect or aspect) is aspect or _decides_side(hit, meaning))
            # "Was kostet die Sicherheitsanalyse" asks for the costs.
            and not (asking and self._is_of_thing(hit, asking, topic))
        ]
        if own:
            return max(own, key=lambda hit: hit[0])[1]
        if asked is None:
            return ""
        # "Ich wurde anonym bedroht" shall not hear that nothing is known of anonymity.
        is_told = not meaning.asks and not asked.part and asked.id not in details
        return "" if is_told else asked.id

    def _is_of_thing(self, detail: Hit, asking: Sequence[Hit], topic: str) -> bool:
        """Return whether a question of services is put of the thing that ``detail`` names: "wie lange dauert so eine Analyse".

        Without an answer of its own it has to stand beside the thing, in more than one word.
        """
        asked = self._questions.by_id[asking[0].id]
        is_put = asked.id in self._topics[topic].details or any(_is_put_of(hit, detail) for hit in asking)
        is_apart = not any(_is_within(detail, [hit]) for hit in asking)
        return asked.aspect is Aspect.SERVICES and is_put and is_apart

    # --- parts -------------------------------------------------------------------

    def _said(self, judgement: Judgement, session: Session, *, is_corrected: bool) -> Said:
        """Return what the words of ``judgement`` say after what ``session`` remembers."""
        reading = judgement.reading
        meant = [hit for hit in reading.names if hit.stance is Stance.MEANT]
        named = tuple(dict.fromkeys(hit.topic for hit in meant))
        referred = () if named else self._referred(judgement, session)
        came_to = "" if named else self._manner.came_to(reading, session, is_corrected=is_corrected)
        sides, questions = reading.findings.aspects, self._questions.asked(reading)
        questions = () if came_to else questions
        is_known = bool(session.focus or named or referred)
        by_field = self._questions.by_field(reading, questions, sides) if is_known else None
        covering: tuple[Hit | NameHit, ...] = (*reading.names, *questions, *sides)
        return Said(
            named=named or referred,
            asked=referred or self._asked(judgement, meant),
            is_referred=bool(referred),
            questions=questions,
            question=by_field or self._questions.best(questions),
            is_explained=by_field is not None or not self._lexicon.left_over(reading.mended, covering),
            takes_back=takes_back(reading),
            came_to=came_to,
            is_order=self._manner.is_order(reading, session),
        )

    @staticmethod
    def _asked(judgement: Judgement, meant: Sequence[NameHit]) -> tuple[str, ...]:
        """Return the topics named in the last sentence, where people ask, and in questions before it.

        If that sentence names none, those of the last one that does, if one of them is likeliest.
        """
        if not meant:
            return ()
        reading = judgement.reading
        utterance = reading.utterance
        start = utterance.sentence_start(meant[-1].start)
        ends = [0]
        for hit in meant:  # in their order: of many in one sentence its end is looked for once
            ends.append(utterance.sentence_end(hit.end - 1) if hit.end > ends[-1] else ends[-1])
        topics = tuple(
            dict.fromkeys(
                hit.topic
                for hit, end in zip(meant, ends[1:], strict=True)
                if hit.start >= start or utterance.folded[end - 1] == "?"
            )
        )
        is_last = meant[-1].start >= reading.utterance.last_start()
        return topics if is_last or judgement.candidates[0].topic in topics else ()

    def _referred(self, judgement: Judgement, session: Session) -> tuple[str, ...]:
        """Return the topics that "the first one" or "both" stands for, unless something clear is said."""
        reading, likeliest = judgement.reading, judgement.candidates[0]
        hits = references.pointing(reading.findings, reading.mended)
        if len(reading.mended) > references.LONGEST:
            return ()
        if reading.findings.has_signal(Signal.WHICH):
            # "Welche von beiden ist für Mails zuständig": the likelier one, if one is.
            ranked = sorted(references.spoken(session)[-2:], key=judgement.confidence)
            if len(ranked) > 1:
                least, most = map(judgement.confidence, ranked)
                if most >= max(_FAINT, _RATHER * least):
                    return (ranked[1],)
        both_again = bool(session.pair) and any(hit.id == Signal.BOTH for hit in hits)
        if explains_itself(likeliest, self._topics) and not both_again:
            return ()
        # The content may have changed since an option was shown.
        return tuple(topic for topic in references.referred(hits, session) if topic in self._topics)

    def _question(self, said: Said, session: Session, *, is_carried: bool) -> str:
        """Return the question that is asked, or asked once more: "seit wann gibt es die ZASTEX?" – "und ASSKomm?"."""
        if said.question is not None:
            return said.question.id
        before = session.focus.detail if is_carried and session.focus else ""
        return before if before in self._questions.by_id else ""


def _decides_side(detail: Hit, meaning: Understanding) -> bool:
    """Return whether a phrase for a finer point tells what is wanted, for nothing else does: "meint der das ernst"."""
    return detail.end - detail.start > 1 and not meaning.is_aspect_said and not meaning.question


def _is_put_of(asking: Hit, thing: Hit) -> bool:
    """Return whether a question in more than one word is followed by the thing it is put of, with hardly a word between."""
    return asking.end - asking.start > 1 and 0 <= thing.start - asking.end <= _MOST_BETWEEN


def _is_within(hit: Hit, others: Sequence[Hit]) -> bool:
    """Return whether a hit is part of one of ``others``: the "zurück" of "rufen die zurück"."""
    return any(other.start <= hit.start < other.end for other in others)


def _normalised(weights: Mapping[str, float]) -> tuple[Candidate, ...]:
    total = sum(weights.values()) or 1.0
    ordered = sorted(weights.items(), key=lambda item: -item[1])
    return tuple(Candidate(topic, weight / total) for topic, weight in ordered)
