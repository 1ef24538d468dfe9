"""Which question of the vocabulary an utterance asks: told things and word fields considered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot import grammar
from bot.knowledge import Question, Vocabulary
from bot.reading.lexicon import Lexicon
from bot.reading.patterns import Hit, covered
from bot.reading.reader import Reading
from bot.signals import Signal

_ARRIVING = frozenset(["phone", "fax", "email"])
"""Parts of a contact card that also reach people; an address is only wanted: "schickt mir die Adresse"."""


def came(reading: Reading) -> bool:
    """Return whether it is said how something came, and not how somebody is reached: "und wenn es per Mail kommt?"."""
    hits = [hit for hit in reading.findings.signals if hit.id == Signal.ARRIVAL]
    said = covered(hits)  # "wenn" and "wen" fold alike
    asks = any(word in grammar.OF_PERSONS and place not in said for place, word in enumerate(reading.mended))
    return bool(hits) and not asks


class Questions:
    """The questions that can be put to every topic of one content."""

    def __init__(self, vocabulary: Vocabulary, lexicon: Lexicon) -> None:
        self.by_id: Mapping[str, Question] = {question.id: question for question in vocabulary.questions}
        self._fielded = tuple(question for question in vocabulary.questions if question.fields)
        self._parts = vocabulary.parts
        self._lexicon = lexicon

    def asked(self, reading: Reading) -> tuple[Hit, ...]:
        """Return the questions of ``reading`` without mails and calls that are told of: "seit Wochen bekomme ich Mails"."""
        if reading.names or not (self._is_told(reading) or came(reading)):
            return reading.questions
        return tuple(hit for hit in reading.questions if self._parts.get(hit.id, "") not in _ARRIVING)

    def best(self, hits: Sequence[Hit]) -> Question | None:
        """Return the question of the longest hit; ties go to the later one."""
        if not hits:
            return None
        best = max(hits, key=lambda hit: (hit.end - hit.start, hit.start))
        return self.by_id[best.id]

    def by_field(self, reading: Reading, hits: Sequence[Hit], sides: Sequence[Hit]) -> Question | None:
        """Return the question that a word of a word field asks if nothing else is said: "in Chemnitz auch?".

        ``hits`` are the questions asked otherwise, ``sides`` the aspects that are said.
        """
        if not self._fielded or not grammar.OF_PERSONS.isdisjoint(reading.mended):
            return None
        said = {self.by_id[hit.id].aspect.value for hit in hits} | {hit.id for hit in sides}
        for question in self._fielded:
            fields = [hit for hit in reading.findings.concepts if hit.id in question.fields]
            if not fields or said - {question.aspect.value}:
                continue
            if not self._lexicon.left_over(reading.mended, (*fields, *reading.names, *hits, *sides)):
                return question
        return None

    @staticmethod
    def _is_told(reading: Reading) -> bool:
        folded = reading.mended
        if "?" in folded or not grammar.INTERROGATIVES.isdisjoint(folded):
            return False
        told = [hit for hit in reading.findings.signals if hit.id == Signal.TOLD]
        return any(
            hit.start > 0 or not grammar.SUBJECTS.intersection(folded[hit.end : hit.end + 1]) for hit in told
        )
