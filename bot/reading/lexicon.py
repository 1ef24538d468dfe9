"""Finds every kind of pattern of one content in one pass over the words of an utterance."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge
from bot.reading.names import NameHit
from bot.reading.patterns import Hit, Patterns, covered
from bot.signals import Signal

APART = frozenset(
    [
        Signal.PLEA,
        Signal.BESIDE_PLEA,
        Signal.DONE_SO_FAR,
        Signal.ENDED,
        Signal.FORGETTING,
        Signal.CHOICE,
    ]
)
"""Signals that are looked for alone where they count: most of their words say something elsewhere."""

_SHORTEST_OPEN = 3
"""Words of the shortest phrase in which a lone "*" stands between others."""


@dataclass(frozen=True, slots=True)
class Findings:
    """What the words of an utterance hit, each kind in order of its start.

    Ids: ``questions``, ``concepts`` as in the vocabulary, ``signals`` of ``Signal``, ``aspects`` as in
    ``reply.Aspect``, ``references`` of topics that are meant by the hit ("das Zentrum"),
    ``details`` as ``topic.key`` of the content.
    """

    questions: Sequence[Hit]
    concepts: Sequence[Hit]
    signals: Sequence[Hit]
    aspects: Sequence[Hit]
    references: Sequence[Hit]
    details: Sequence[Hit]

    def has_signal(self, *ids: Signal) -> bool:
        """Return whether the words hit one of the signals ``ids``, wherever they stand."""
        return any(hit.id in ids for hit in self.signals)

    def has_concept(self, fields: Container[str]) -> bool:
        """Return whether a word of one of the word ``fields`` stands in them."""
        return any(hit.id in fields for hit in self.concepts)


class Lexicon:
    """All patterns of ``knowledge``; what words in ``known`` hit is remembered."""

    def __init__(self, knowledge: Knowledge, known: Container[str]) -> None:
        self.known = known
        vocabulary = knowledge.vocabulary
        topics = knowledge.topics.values()
        kinds: Mapping[str, Mapping[str, Iterable[str]]] = {
            "questions": {question.id: question.ask for question in vocabulary.questions},
            "concepts": vocabulary.concepts,
            "signals": {key: texts for key, texts in vocabulary.signals.items() if key not in APART},
            "aspects": {str(aspect): texts for aspect, texts in vocabulary.aspects.items()},
            "references": {topic.id: topic.references for topic in topics},
            "details": {
                f"{topic.id}.{key}": answer.ask for topic in topics for key, answer in topic.details.items()
            },
        }
        self._kinds = tuple(kinds)
        self._meaning = {f"{kind} {identity}": (kind, identity) for kind in kinds for identity in kinds[kind]}
        self._patterns = Patterns(
            {pattern: kinds[kind][identity] for pattern, (kind, identity) in self._meaning.items()}, known
        )
        self._questions = {pattern for pattern, (kind, _) in self._meaning.items() if kind == "questions"}
        self._concepts = {
            pattern: identity for pattern, (kind, identity) in self._meaning.items() if kind == "concepts"
        }
        self._fillers = Patterns({"filler": vocabulary.fillers}, known)

    def find(self, words: Sequence[str]) -> Findings:
        """Return all that the folded ``words`` hit."""
        found: dict[str, list[Hit]] = {kind: [] for kind in self._kinds}
        for meaning, start, end in self._patterns.scan(words):
            kind, identity = self._meaning[meaning]
            left_open: tuple[int, ...] = ()
            if kind == "questions" and end - start >= _SHORTEST_OPEN:
                left_open = self._patterns.left_open((meaning, start, end), words)
            found[kind].append(Hit(identity, start, end, left_open))
        return Findings(**found)

    def concepts(self, words: Sequence[str]) -> list[str] | None:
        """Return the ids of the concepts that the folded ``words`` hit, each once; ``None`` if they hit a question."""
        hit = dict.fromkeys([found[0] for found in self._patterns.scan(words)])
        if not self._questions.isdisjoint(hit):
            return None
        return [self._concepts[pattern] for pattern in hit if pattern in self._concepts]

    def left_over(self, words: Sequence[str], hits: Iterable[Hit | NameHit]) -> list[int]:
        """Return the places of the words that none of ``hits`` covers and that are no fillers ("bitte", "denn").

        What a question leaves open is not covered by it: "wann hat * auf" asks for hours, of whatever it is.
        """
        hits, fillers = tuple(hits), self._fillers
        said = covered(hits)
        for hit in hits:
            if isinstance(hit, Hit) and hit.left_open:
                said -= {*hit.left_open} - covered(other for other in hits if other is not hit)
        return [n for n, word in enumerate(words) if n not in said and not fillers.of_word(word)]
