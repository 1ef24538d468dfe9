"""Reads an utterance: its words, the names, questions and concepts in them, misspellings mended."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from bot.knowledge import Knowledge
from bot.reading.lexicon import Findings, Lexicon
from bot.reading.names import NameHit, Names
from bot.reading.patterns import Hit, covered
from bot.reading.spelling import Slips, Sounds, Spelling
from bot.signals import Signal
from bot.text import Memory, Utterance, fold_word, last_start, spoken

_SHORTEST_STORY = 5
"""Words beyond which "eine Mail" is something that came rather than something that is wanted."""
_SECOND_SENTENCE = re.compile(r"[?!.:;\n].*[^\W_]", re.DOTALL)
"""Finds what may be the end of one sentence before another."""
END = "end:"
"""Begins the named feature of a word in the last sentence."""
_LONG = 12
"""Letters from which a word of a question may differ in two from its misspelling."""


@dataclass(frozen=True, slots=True)
class Reading:
    """An utterance as the matcher reads it: words with names and questions mended, and what they hit.

    ``mended`` are its folded words as they are meant; those that a name joins leave empty places.
    ``questions`` are those of ``findings`` that are asked, not told.
    """

    utterance: Utterance
    mended: tuple[str, ...]
    names: tuple[NameHit, ...]
    questions: tuple[Hit, ...]
    findings: Findings

    @property
    def placed_features(self) -> list[tuple[str, int]]:
        """The names of what was found, each with the place of its last word; without those of the last sentence."""
        named = [(_feature(hit), hit.end - 1) for hit in self.names]
        asked = [(f"ask:{hit.id}", hit.end - 1) for hit in self.questions]
        meant = [(f"concept:{hit.id}", hit.end - 1) for hit in self.findings.concepts]
        return [*named, *asked, *meant]

    @property
    def named_features(self) -> list[str]:
        """The names of what was found, each once."""
        named = map(_feature, self.names)
        asked = [f"ask:{hit.id}" for hit in self.questions]
        meant = [f"concept:{hit.id}" for hit in self.findings.concepts]
        return _named([*named, *asked, *meant], self.last_sentence)

    @property
    def written(self) -> list[str]:
        """The folded words, names mended, without the empty places."""
        return [word for word in self.mended if word]

    @property
    def last_sentence(self) -> list[str]:
        """The words of the last of several sentences: there people usually ask.

        Empty for a single sentence, of which every word counts anyway.
        """
        return _last_sentence(self.mended, self.utterance.last_start())


class Reader:
    """Finds names, questions and concepts in utterances.

    ``ordinary`` words are never misspelt; what words in ``known`` mean is remembered.
    A word that is not ``seen`` in the content may be a slip of one of the ``frequent`` words.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        ordinary: Container[str],
        known: Container[str],
        frequent: Iterable[str] = (),
        seen: Container[str] | None = None,
    ) -> None:
        vocabulary, self._sounds = knowledge.vocabulary, Sounds(known)
        self._names = Names(
            {topic.id: topic.names for topic in knowledge.topics.values()},
            vocabulary.signals,
            ordinary,
            known,
            self._sounds,
        )
        self.lexicon = Lexicon(knowledge, known)
        self._ordinary, self._seen = ordinary, seen
        self._plain: set[str] = set()
        """Known words that are spelt right and begin no name: most of a text."""
        self._slips = Slips(frequent)
        self._mended = Memory(self._mend, known)
        asked = [*vocabulary.aspects.values(), *(question.ask for question in vocabulary.questions)]
        single = {fold_word(text) for texts in asked for text in texts if text.isalpha()}
        self._spelling = Spelling(sorted(single), _allowed, self._sounds)
        self._parts = vocabulary.parts

    def read(self, utterance: Utterance) -> Reading:
        """Return what the words of ``utterance`` hit."""
        names, mended = self._spelt(utterance)
        findings = self.lexicon.find(mended)
        questions = tuple(findings.questions)
        asking: tuple[Hit | NameHit, ...] = (*names, *questions, *findings.aspects, *findings.signals)
        if questions and (len(mended) > _SHORTEST_STORY or self.lexicon.left_over(mended, asking)):
            # "per Mail beleidigt" names a channel only as the way, unlike "Kontakt per Mail".
            ways = {signal.end for signal in findings.signals if signal.id == Signal.MANNER}
            questions = tuple(hit for hit in questions if hit.id not in self._parts or hit.start not in ways)
        return Reading(utterance, tuple(mended), names, questions, findings)

    def prepare(self, words: Sequence[str]) -> None:
        """Find out of known ``words`` which are spelt right and begin no name, before they are met in texts."""
        self._sounds.prepare(words)
        for word in words:
            if self._mended[word] == word and self._is_plain(word):
                self._plain.add(word)

    def features_of(self, text: str, folded: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
        """Return the ``written`` words and ``named_features`` of a cleaned text with its ``folded`` words.

        As ``read`` finds them; where nothing is asked, as in most lines of a content, in a fraction of the time.
        """
        utterance = None if self._plain.issuperset(folded) else Utterance.of(text, folded)
        names, mended = self._spelt(utterance) if utterance else ((), folded)
        concepts = self.lexicon.concepts(mended)
        if concepts is None:
            reading = self.read(utterance or Utterance.of(text, folded))
            return reading.written, reading.named_features
        ends: Sequence[str] = ()
        if _SECOND_SENTENCE.search(text):
            ends = _last_sentence(mended, utterance.last_start() if utterance else last_start(text, folded))
        named = [*map(_feature, names), *(f"concept:{identity}" for identity in concepts)]
        return [word for word in mended if word], _named(named, ends)

    def _spelt(self, utterance: Utterance) -> tuple[tuple[NameHit, ...], Sequence[str]]:
        """Return the names in an utterance and its folded words as they are meant."""
        if self._plain.issuperset(utterance.folded):  # as in three lines of four
            return (), utterance.folded
        mended = list(utterance.folded)
        names = tuple(self._names.find(utterance))
        for hit in names:
            if not hit.exact:
                # Words joined into a name leave empty places, so that places still fit the words.
                mended[hit.start : hit.end] = [hit.name] + [""] * (hit.end - hit.start - 1)
        named = covered(names)
        for place, word in enumerate(mended):
            if word not in self._plain and place not in named:
                mended[place] = meant = self._mended[word]
                if meant == word and self._is_plain(word):
                    self._plain.add(word)
        return names, mended

    def _is_plain(self, word: str) -> bool:
        """Return whether a word that is spelt right is known and begins no name."""
        return word not in self._plain and word in self._mended and not self._names.may_begin(word)

    def _mend(self, word: str) -> str:
        if word in self._ordinary:
            return word
        if (meant := self._spelling.same_sound(word) or self._spelling.closest(word)) is not None:
            return meant
        if self._seen is None or (slip := self._slips.meant(word)) is None or word in self._seen:
            return word
        return slip


def _feature(hit: NameHit) -> str:
    return f"name:{hit.topic}:{hit.stance}"


def _named(found: Sequence[str], last_sentence: Iterable[str]) -> list[str]:
    return [*dict.fromkeys([*found, *(END + word for word in last_sentence)])]


def _last_sentence(mended: Sequence[str], start: int) -> list[str]:
    return spoken(mended[start:]) if start else []


def _allowed(word: str, misspelt: str) -> int:
    """Return in how many letters a misspelt word of a question may differ: "nummr", "anschirft"."""
    return 0 if word[0] != misspelt[0] else 1 if len(word) < _LONG else 2
