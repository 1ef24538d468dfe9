"""Recognises acute danger and despair by fixed signals, before anything else runs.

This part needs no learned model: it works when the matcher is broken. What the
signals miss, the model finds (``Judgement.danger``); both lead to the same reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot import knowledge
from bot.matching.patterns import Patterns
from bot.reply import Outcome, Reply
from bot.text import Word, fold_word, sentence_end, sentence_start

TOPIC = "notruf"
_NEAR = 3
"""Words before an all-clear within which a negation denies it."""


class Safety:
    """The fixed signals of ``safety.yaml`` and the replies to an emergency; ``negations`` deny an all-clear."""

    def __init__(self, content: knowledge.Safety, negations: Iterable[str]) -> None:
        self._negations = frozenset(map(fold_word, negations))
        self._always = Patterns(content.always)
        self._unless = Patterns({"unless": content.unless})
        self._all_clear = Patterns({"all clear": content.all_clear})
        self._replies = {kind: _reply(alarm) for kind, alarm in content.alarms.items()}
        self.next = {kind: alarm.next for kind, alarm in content.alarms.items()}

    def signal(self, folded: Sequence[str]) -> str | None:
        """Return the kind of emergency that the folded words of a text signal, if any.

        A phrase that shows a past, rehearsed or imagined event silences the
        signals; then the learned examples decide.
        """
        hits = self._always.find(folded)
        if not hits or self._unless.find(folded):
            return None
        # One alarming word in a longer sentence may be a figure of speech; a phrase is not.
        longest = max(hits, key=lambda hit: hit.end - hit.start)
        plain = [word for word in folded if word not in "?!"]
        if longest.end - longest.start == 1 and len(plain) > 2:
            return None
        return longest.id

    def all_clear(self, text: str, found: Sequence[Word]) -> int:
        """Return behind which word of a cleaned ``text`` a danger is over; 0 if nothing says so.

        A question ("bin ich in Sicherheit?") and what is denied ("noch nicht vorbei") say nothing.
        """
        return max((end for end, is_denied in self._claims(text, found) if not is_denied), default=0)

    def goes_on(self, text: str, found: Sequence[Word]) -> bool:
        """Return whether a cleaned ``text`` denies that a danger is over: "noch nicht vorbei"."""
        return any(is_denied for _, is_denied in self._claims(text, found))

    def _claims(self, text: str, found: Sequence[Word]) -> Iterator[tuple[int, bool]]:
        """Yield behind which words it is said, not asked, that a danger is over, and whether that is denied."""
        folded = [word.folded for word in found]
        for hit in self._all_clear.find(folded):
            begin = max(sentence_start(text, found, hit.start), hit.start - _NEAR)
            closing = sentence_end(text, found, hit.end - 1)
            if folded[closing - 1] != "?":
                yield hit.end, any(word in self._negations for word in folded[begin : hit.start])

    def reply(self, kind: str) -> Reply:
        """Return what to say to an emergency of ``kind``."""
        return self._replies[kind]


def _reply(alarm: knowledge.Alarm) -> Reply:
    after = (alarm.after,) if alarm.after else ()
    return Reply(
        outcome=Outcome.EMERGENCY,
        paragraphs=(*alarm.paragraphs, *after),
        contacts=alarm.contacts,
        topics=(TOPIC,),
    )
