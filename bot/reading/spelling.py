"""Finds the word that is meant by a misspelt one, as written or as heard."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from bot.text import Memory

SHORTEST = 5
"""Letters of a folded word below which only the exact spelling counts ("zmi", "lds")."""
_SHORTEST_SLIP = 6
"""Letters of a frequent word that is looked for behind a slip."""
_LONG = 12
"""Letters of what is heard from which "ä" may stand for "e": short words would become each other."""
_FEW = 2
"""Letters in which it may then still differ."""
LONGEST = 40
"""Letters beyond which a word is no misspelling of anything."""
_SOUNDS = (
    ("schp", "sp"),
    ("schb", "sp"),
    ("scht", "st"),
    ("schd", "st"),
    ("gs", "x"),
    ("ng", "nk"),
    ("rg", "rk"),
    ("sg", "sk"),
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


class Sounds(Memory[str]):
    """How folded words sound (see ``sound``), remembered for those in ``known``."""

    def __init__(self, known: Container[str]) -> None:
        super().__init__(sound, known)

    def prepare(self, words: Sequence[str]) -> None:
        """Find out how many known ``words`` sound: all at once in a tenth of the time."""
        self.update(zip(words, sound(" ".join(words)).split(" "), strict=True))


class Spelling:
    """The folded ``words`` that misspellings are traced back to.

    ``allowed`` says in how many letters a misspelling (second) may differ from a word (first);
    ``by_ear`` counts the letters that are heard differently too, where those are fewer.
    """

    def __init__(
        self,
        words: Iterable[str],
        allowed: Callable[[str, str], int],
        sounds: Sounds,
        *,
        by_ear: bool = False,
    ) -> None:
        self._words = [word for word in words if len(word) >= SHORTEST]
        self._sounding = [sound(word) for word in self._words]
        self._flat = [word.replace("a", "e") if len(word) >= _LONG else "" for word in self._sounding]
        self._sounds = dict(zip(self._sounding, self._words, strict=True))
        self._allowed, self._by_ear, self._heard = allowed, by_ear, sounds
        self._most = max((allowed(word, word) for word in self._words), default=0)

    def same_sound(self, misspelt: str) -> str | None:
        """Return the word that sounds like ``misspelt``: "zastecks" is "zastex"."""
        if not SHORTEST - 1 <= len(misspelt) <= LONGEST:
            return None
        return self._sounds.get(self._heard[misspelt])

    def closest(self, misspelt: str) -> str | None:
        """Return the word from which ``misspelt`` differs in the smallest share of its letters."""
        if not SHORTEST - 1 <= len(misspelt) <= LONGEST:
            return None
        near = _near(misspelt, self._words, self._most)
        if self._by_ear:
            heard = self._heard[misspelt]
            near += _near(heard, self._sounding, self._most)
            if len(heard) >= _LONG:  # "nätzwerk" folds to "natzwerk"
                near += _near(heard.replace("a", "e"), self._flat, _FEW)
        shares = [
            (distance / len(word), place)
            for distance, place in near
            if distance <= self._allowed(word := self._words[place], misspelt)
        ]
        return self._words[min(shares)[1]] if shares else None


class Slips:
    """The frequent folded ``words`` that a slip of one letter in a longer word is traced back to.

    The first letter of a slip is right, as it nearly always is.
    """

    def __init__(self, words: Iterable[str]) -> None:
        self._beginning: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= _SHORTEST_SLIP:
                self._beginning.setdefault(word[0], []).append(word)

    def meant(self, slip: str) -> str | None:
        """Return the frequent word from which ``slip`` differs in one letter."""
        if not _SHORTEST_SLIP - 1 <= len(slip) <= LONGEST:
            return None
        near = self._beginning.get(slip[0], ())
        found = process.extractOne(slip, near, scorer=OSA.distance, score_cutoff=1)
        return found[0] if found else None


def _near(misspelt: str, words: Sequence[str], most: int) -> list[tuple[int, int]]:
    """Return distance and place of the ``words`` that differ from ``misspelt`` in at most ``most`` letters."""
    found = process.extract(misspelt, words, scorer=OSA.distance, score_cutoff=most, limit=None)
    return [(int(distance), place) for _, distance, place in found]


def sound(word: str) -> str:
    """Return how a folded word sounds in German: "zastecks" and "zastex" are one.

    A few rules for what people confuse when they write what they heard, in the
    manner of the Kölner Phonetik, but keeping vowels so that short names differ. Words parted by
    spaces sound as each does alone.
    """
    for spelt, heard in _SOUNDS:
        word = word.replace(spelt, heard)
    return word
