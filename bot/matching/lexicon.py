"""Finds every kind of pattern of one content in one pass over the words of an utterance."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge
from bot.matching.patterns import Hit, Patterns

_QUESTION, _CONCEPT, _SIGNAL, _ASPECT, _REFERENCE, _DETAIL = (
    "question",
    "concept",
    "signal",
    "aspect",
    "reference",
    "detail",
)


@dataclass(frozen=True, slots=True)
class Findings:
    """What the words of an utterance hit, each kind in order of its start.

    Ids: ``questions``, ``concepts``, ``signals`` as in the vocabulary, ``aspects`` as in
    ``reply.Aspect``, ``references`` of topics that are meant by the hit ("das Zentrum"),
    ``details`` as ``topic.key`` of the content.
    """

    questions: Sequence[Hit]
    concepts: Sequence[Hit]
    signals: Sequence[Hit]
    aspects: Sequence[Hit]
    references: Sequence[Hit]
    details: Sequence[Hit]


class Lexicon:
    """All patterns of ``knowledge``; what words in ``known`` hit is remembered."""

    def __init__(self, knowledge: Knowledge, known: Container[str]) -> None:
        vocabulary = knowledge.vocabulary
        topics = knowledge.topics.values()
        kinds: Mapping[str, Mapping[str, Iterable[str]]] = {
            _QUESTION: {question.id: question.ask for question in vocabulary.questions},
            _CONCEPT: vocabulary.concepts,
            _SIGNAL: vocabulary.signals,
            _ASPECT: {str(aspect): texts for aspect, texts in vocabulary.aspects.items()},
            _REFERENCE: {topic.id: topic.references for topic in topics},
            _DETAIL: {
                f"{topic.id}.{key}": answer.ask for topic in topics for key, answer in topic.details.items()
            },
        }
        self._meaning = {
            f"{kind} {identity}": (number, identity)
            for number, kind in enumerate(kinds)
            for identity in kinds[kind]
        }
        self._patterns = Patterns(
            {
                f"{kind} {identity}": texts
                for kind, patterns in kinds.items()
                for identity, texts in patterns.items()
            },
            known,
        )
        self._fillers = Patterns({"filler": vocabulary.fillers}, known)

    def find(self, words: Sequence[str]) -> Findings:
        """Return all that the folded ``words`` hit."""
        found: tuple[list[Hit], ...] = ([], [], [], [], [], [])
        for meaning, start, end in self._patterns.scan(words):
            kind, identity = self._meaning[meaning]
            found[kind].append(Hit(identity, start, end))
        return Findings(*found)

    def is_filler(self, word: str) -> bool:
        """Return whether a folded word says nothing of its own: "bitte", "denn"."""
        return bool(self._fillers.of_word(word))
