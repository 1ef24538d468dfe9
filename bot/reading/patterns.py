"""Words and phrases that editors write down, found in folded words.

A pattern is one word (``kosten``), the beginning (``kost*``), end (``*mail``)
or middle (``*droh*``) of one, or a phrase of several; a lone ``*`` in a phrase
stands for any one word. Patterns are folded like the text they are held against.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

from bot.text import SIGNS, fold_word, remembering

Parts = tuple[str, ...]
_Cores = dict[str, list[tuple[str, str]]]
"""What patterns have beside their "*", with their ids, by the key they are found by."""

_KEY = 3
"""Letters at the edge of a part of a word, or fewer if it has no more, by which it is found."""
_BETWEEN_WORDS = re.compile(r"[^\w*?!]+|_+")
_ANY = "*"
"""Stands for the second word of a phrase where that is not a whole word."""


class Hit(NamedTuple):
    """A pattern of ``id`` that covers the words [start, end); for those at the places ``left_open`` any would do."""

    id: str
    start: int
    end: int
    left_open: tuple[int, ...] = ()


class Span(Protocol):
    """Words [start, end): a ``Hit`` or what else is found in a text."""

    @property
    def start(self) -> int: ...  # noqa: D102 - see above

    @property
    def end(self) -> int: ...  # noqa: D102 - see above


def covered(spans: Iterable[Span]) -> set[int]:
    """Return the places of all words that ``spans`` cover."""
    return {place for span in spans for place in range(span.start, span.end)}


class Patterns:
    """Many patterns, each with the id it stands for, found in one pass over the words.

    What is found in a word in ``known``, the words of the content, is remembered.
    """

    def __init__(self, patterns: Mapping[str, Iterable[str]], known: Container[str] = ()) -> None:
        self._exact: dict[str, list[str]] = {}
        begin: _Cores = {}
        end: _Cores = {}
        self._middle: _Cores = {}
        self._phrases: dict[str, dict[str, list[tuple[Parts, str]]]] = {}
        self._open_phrases: list[tuple[Parts, str]] = []
        for identity, texts in patterns.items():
            for text in texts:
                self._add(identity, text, begin, end)
        self._begin, self._end = _with_all(begin), _with_all(end)
        self._begin_lengths = sorted({len(key) for key in begin})
        self._end_lengths = sorted({len(key) for key in end})
        self._beginnings = {
            first: tuple(parts[0].rstrip("*") if parts[0][0] != "*" else "" for parts, _ in of_first[_ANY])
            for first, of_first in self._phrases.items()
            if _ANY in of_first
        }
        """What the second word begins with of those phrases of a first word in which it is not whole; anything, if its end counts."""
        self._known = known
        self._idle: set[str] = set()
        """Known words that no pattern matches or begins with: most of a text."""
        self.of_word = remembering(self._of_word, known)
        """Gives the ids whose one-word patterns match a folded word."""

    def _add(self, identity: str, text: str, begin: _Cores, end: _Cores) -> None:
        # Divided where a text is: "mach's" and "web.de" are two words.
        folded = map(_fold_pattern, _BETWEEN_WORDS.sub(" ", text).split())
        parts = tuple(part for part in folded if part)
        if not parts or all(part == _ANY for part in parts):
            return
        if len(parts) > 1:
            if "*" in parts[0]:
                self._open_phrases.append((parts, identity))
            else:
                of_first = self._phrases.setdefault(parts[0], {})
                second, done = (_ANY, 1) if "*" in parts[1] else (parts[1], 2)
                of_first.setdefault(second, []).append((parts[done:], identity))
            return
        part = parts[0]
        core = part.strip("*")
        if part.startswith("*") and part.endswith("*"):
            self._middle.setdefault(core[:_KEY], []).append((core, identity))
        elif part.endswith("*"):
            begin.setdefault(core[:_KEY], []).append((core, identity))
        elif part.startswith("*"):
            end.setdefault(core[-_KEY:], []).append((core, identity))
        else:
            self._exact.setdefault(part, []).append(identity)

    def find(self, words: Sequence[str]) -> list[Hit]:
        """Return all hits in ``words`` (folded), in order of their start."""
        return [Hit(*found) for found in self.scan(words)]

    def scan(self, words: Sequence[str]) -> list[tuple[str, int, int]]:
        """Return the same as ``find`` as plain tuples, which are made in a third of the time."""
        hits: list[tuple[str, int, int]] = []
        of_word, phrases, open_phrases = self.of_word, self._phrases, self._open_phrases
        idle, beginnings = self._idle, self._beginnings
        for place, word in enumerate(words):
            if word in idle:
                continue
            alone, of_first = of_word(word), phrases.get(word)
            if not (alone or of_first or open_phrases) and word in self._known:
                idle.add(word)
                continue
            for identity in alone:
                hits.append((identity, place, place + 1))
            if of_first is not None and place + 1 < len(words):
                second = words[place + 1]
                if second in of_first:
                    _add_phrases(hits, of_first[second], words, place, 2)
                if word in beginnings and second.startswith(beginnings[word]):
                    _add_phrases(hits, of_first[_ANY], words, place, 1)
            if open_phrases:
                _add_phrases(hits, open_phrases, words, place, 0)
        return hits

    def left_open(self, found: tuple[str, int, int], words: Sequence[str]) -> tuple[int, ...]:
        """Return the places of the words for which a lone "*" stands in the phrase that was ``found`` in ``words``."""
        identity, start, end = found
        of_first = self._phrases.get(words[start], {})
        second = words[start + 1] if end > start + 1 else ""
        for key, done in ((second, 2), (_ANY, 1)):
            matching: list[tuple[str, int, int]] = []
            for parts, of in of_first.get(key, ()):
                if of == identity and done + len(parts) == end - start:
                    _add_phrases(matching, [(parts, of)], words, start, done)
                if matching:
                    return tuple(start + done + n for n, part in enumerate(parts) if part == _ANY)
        return ()

    def _of_word(self, word: str) -> tuple[str, ...]:
        found = list(self._exact.get(word, ()))
        begin, end, middle = self._begin, self._end, self._middle
        for length in self._begin_lengths:
            if (key := word[:length]) in begin and word.startswith(begin[key][0]):
                found += [identity for core, identity in begin[key][1] if word.startswith(core)]
        for length in self._end_lengths:
            if (key := word[-length:]) in end and word.endswith(end[key][0]):
                found += [identity for core, identity in end[key][1] if word.endswith(core)]
        if middle:
            for place in range(len(word) - _KEY + 1):
                if (key := word[place : place + _KEY]) in middle:
                    found += [identity for core, identity in middle[key] if core in word]
        return tuple(dict.fromkeys(found)) if found else ()


def _fold_pattern(part: str) -> str:
    if part == _ANY:
        return part
    begin, end = part.startswith("*"), part.endswith("*")
    core = "".join(map(fold_word, part.strip("*").split("*")))
    if not core.isalnum():
        core = "".join(c for c in core if c.isalnum() or c in SIGNS)
    return f"{'*' if begin else ''}{core}{'*' if end else ''}" if core else ""


def _with_all(cores: _Cores) -> Mapping[str, tuple[Parts, Sequence[tuple[str, str]]]]:
    """Return the cores of each key with all of them together: most words match none, which is known at once."""
    return {key: (tuple(core for core, _ in of_key), of_key) for key, of_key in cores.items()}


def _add_phrases(
    hits: list[tuple[str, int, int]],
    phrases: Sequence[tuple[Parts, str]],
    words: Sequence[str],
    place: int,
    done: int,
) -> None:
    """Add the ``phrases`` at ``place``, of which the first words, so many as are ``done``, are known to match."""
    begin = place + done
    for parts, identity in phrases:
        end = begin + len(parts)
        if end <= len(words) and all(map(_part_matches, parts, words[begin:end])):
            hits.append((identity, place, end))


def _part_matches(part: str, word: str) -> bool:
    if "*" not in part:
        return part == word
    core = part.strip("*")
    if part.startswith("*") and part.endswith("*"):
        return core in word
    return word.startswith(core) if part.endswith("*") else word.endswith(core)
