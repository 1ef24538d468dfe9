"""Tells who writes in another language, in that language, that the bot speaks German, and the emergency number."""

from __future__ import annotations

from collections.abc import Mapping

from bot.knowledge import Language
from bot.text import SIGNS, Utterance

_FIRST = 40
"""Words that are looked at: a language does not change later."""
_LEAST, _TERSE = 2, 2
"""Words of a language that are needed, and up to how many words one is enough."""
_SHARE = 0.25
"""How many of the words must be of a language."""


class Languages:
    """Recognises the foreign ``languages`` of one content."""

    def __init__(self, languages: Mapping[str, Language]) -> None:
        self._languages = tuple(languages.values())
        self._of_word: dict[str, list[Language]] = {}
        for language in self._languages:
            for word in language.words:
                self._of_word.setdefault(word.casefold(), []).append(language)

    def line(self, utterance: Utterance) -> str:
        """Return what is said to who wrote ``utterance``; nothing to who wrote German."""
        text, first = utterance.text, utterance.words[:_FIRST]
        spoken = [text[start:end].casefold() for folded, start, end in first if folded not in SIGNS]
        if self._of_word.keys().isdisjoint(spoken) and text.isascii():
            return ""  # as nearly always
        said = [language for word in spoken for language in self._spoken(word)]
        if not said:
            return ""
        likeliest = max(self._languages, key=said.count)  # of two alike the first of the content
        words = said.count(likeliest)
        least = 1 if len(spoken) <= _TERSE else max(_LEAST, _SHARE * len(spoken))
        return likeliest.text if words >= least else ""

    def _spoken(self, word: str) -> list[Language]:
        """Return the languages that a word belongs to: those that list it, else those of its letters."""
        if word.isascii() or word in self._of_word:
            return self._of_word.get(word, [])
        return [language for language in self._languages if language.letters.issuperset(word)]
