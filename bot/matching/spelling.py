"""Finds the word that is meant by a misspelt one, as written or as heard."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rapidfuzz.distance import OSA

SHORTEST = 5
"""Letters of a folded word below which only the exact spelling counts ("zmi", "lds")."""
LONGEST = 40
"""Letters beyond which a word is no misspelling of anything."""


class Spelling:
    """The folded ``words`` that misspellings are traced back to.

    ``allowed`` says in how many letters a misspelling (second) may differ from a word (first);
    ``by_ear`` counts the letters that are heard differently too, where those are fewer.
    """

    def __init__(
        self, words: Iterable[str], allowed: Callable[[str, str], int], *, by_ear: bool = False
    ) -> None:
        self._heard = {word: sound(word) for word in words if len(word) >= SHORTEST}
        self._sounds = {heard: word for word, heard in self._heard.items()}
        self._allowed, self._by_ear = allowed, by_ear

    def same_sound(self, misspelt: str) -> str | None:
        """Return the word that sounds like ``misspelt``: "zastecks" is "zastex"."""
        if not SHORTEST - 1 <= len(misspelt) <= LONGEST:
            return None
        return self._sounds.get(sound(misspelt))

    def closest(self, misspelt: str) -> str | None:
        """Return the word from which ``misspelt`` differs in the smallest share of its letters."""
        length = len(misspelt)
        if not SHORTEST - 1 <= length <= LONGEST:
            return None
        spoken, best, least = sound(misspelt), None, 1.0
        for word, heard in self._heard.items():
            letters, allowed = len(word), self._allowed(word, misspelt)
            distance = allowed + 1
            if abs(length - letters) <= allowed:
                distance = OSA.distance(misspelt, word, score_cutoff=allowed)
            if self._by_ear and abs(len(spoken) - len(heard)) <= allowed:
                distance = min(distance, OSA.distance(spoken, heard, score_cutoff=allowed))
            if distance <= allowed and distance / letters < least:
                best, least = word, distance / letters
        return best


def sound(word: str) -> str:
    """Return how a folded word sounds in German: "zastecks" and "zastex" are one.

    A few rules for what people confuse when they write what they heard, in the
    manner of the Kölner Phonetik, but keeping vowels so that short names differ.
    """
    for spelt, heard in _SOUNDS:
        word = word.replace(spelt, heard)
    return word


_SOUNDS = (
    ("ck", "k"),
    ("chs", "x"),
    ("ks", "x"),
    ("ts", "z"),
    ("ds", "z"),
    ("ah", "a"),
    ("eh", "e"),
    ("ph", "f"),
    ("th", "t"),
    ("dt", "t"),
    ("c", "k"),
    ("y", "i"),
    ("ie", "i"),
    ("ih", "i"),
    ("ai", "ei"),
    ("d", "t"),
    ("b", "p"),
    ("v", "f"),
)
