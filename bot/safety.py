"""Recognises acute danger and despair by fixed signals, before anything else runs.

This part needs no learned model: it works when the matcher is broken. What the
signals miss, the model finds (``Judgement.danger``); both lead to the same reply.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from bot import knowledge
from bot.matching.patterns import Hit, Patterns
from bot.reply import Outcome, Reply
from bot.text import Word, fold_word, sentence_end, sentence_start

TOPIC = "notruf"
_NEAR = 3
"""Words before an all-clear within which a negation denies it."""
_FEW = 3
"""Words up to which "hilfe" is a cry; in "danke für die hilfe" it is none."""
_SUBORDINATE = frozenset(["das", "ob"])
"""Folded words behind a comma that carry a denial on: "nicht, dass es vorbei wäre"."""
_ASKING = frozenset(["wie", "wo", "wohin", "wan", "ob"])
"""Folded words with which a sentence asks, even without "?": "wie komme ich in Sicherheit"."""
_JOINING = frozenset(["und", "aber"])
_BREAKS = frozenset(",.;:!?()–—\n")


class Safety:
    """The fixed signals of ``safety.yaml`` and the replies to an emergency.

    ``negations`` deny an all-clear; beside ``fillers`` nothing may be said of who is gone but that it is a threat.
    """

    def __init__(self, content: knowledge.Safety, negations: Iterable[str], fillers: Iterable[str]) -> None:
        self._negations = frozenset(map(fold_word, negations))
        self._of_threats = self._negations.union(map(fold_word, (*content.threats, *fillers)))
        self._always = Patterns(content.always)
        self._unless = Patterns({"unless": content.unless})
        alarms = content.alarms
        self._replies = {kind: _reply(alarm) for kind, alarm in alarms.items()}
        self._meanwhile = {kind: _meanwhile(alarm) for kind, alarm in alarms.items()}
        self._foreseen = {
            kind: Patterns({str(place): said.ask for place, said in enumerate(alarm.meanwhile)})
            for kind, alarm in alarms.items()
        }
        self._all_clear = {kind: Patterns({kind: alarm.all_clear}) for kind, alarm in alarms.items()}
        self._gone = {kind: Patterns({kind: alarm.gone}) for kind, alarm in alarms.items()}
        self.next = {kind: alarm.next for kind, alarm in alarms.items()}
        self.reminders = {kind: alarm.reminder for kind, alarm in alarms.items()}
        self.over = {kind: alarm.over for kind, alarm in alarms.items()}

    def signal(self, text: str, found: Sequence[Word]) -> str | None:
        """Return the kind of emergency that a sentence of a cleaned ``text`` signals, if any.

        A phrase that shows a past, rehearsed or imagined event silences the
        signals of its sentence; then the learned examples decide.
        """
        start = 0
        while start < len(found):
            end = sentence_end(text, found, start)
            kind = self._signal_of([word.folded for word in found[start:end]])
            if kind is not None:
                return kind
            start = end
        return None

    def _signal_of(self, folded: Sequence[str]) -> str | None:
        hits = self._always.find(folded)
        if not hits or self._unless.find(folded):
            return None
        # One alarming word in a longer sentence may be a figure of speech; a phrase is not.
        longest = max(hits, key=lambda hit: hit.end - hit.start)
        plain = [word for word in folded if word not in "?!"]
        if longest.end - longest.start == 1 and len(plain) > 2:
            return None
        return longest.id

    def all_clear(self, kind: str, text: str, found: Sequence[Word]) -> tuple[int, int] | None:
        """Return the words [start, end) of a cleaned ``text`` that say that an emergency of ``kind`` is over.

        ``None`` if nothing says so: a question ("bin ich in Sicherheit?") does not, nor a text that
        denies it as well ("er ist weg, aber es ist noch nicht vorbei").
        """
        claims = [hit for hit in self._claims(kind, text, found) if not self._denials(text, found, hit)]
        if not claims or self.goes_on(kind, text, found):
            return None
        return min(hit.start for hit in claims), max(hit.end for hit in claims)

    def goes_on(self, kind: str, text: str, found: Sequence[Word]) -> bool:
        """Return whether a cleaned ``text`` denies that an emergency of ``kind`` is over: "noch nicht vorbei".

        "Keine Sorge, alles gut" does not: what is denied there ends at the comma.
        """
        for hit in self._claims(kind, text, found):
            denials = self._denials(text, found, hit)
            if denials and not _is_other_clause(text, found, denials[-1], hit.start):
                return True
        return False

    def _claims(self, kind: str, text: str, found: Sequence[Word]) -> Iterator[Hit]:
        """Yield where it is said, not asked, that an emergency of ``kind`` is over."""
        folded = [word.folded for word in found]
        gone = [hit for hit in self._gone[kind].find(folded) if self._is_of_threat(text, found, hit)]
        for hit in (*self._all_clear[kind].find(folded), *gone):
            begin, end = sentence_start(text, found, hit.start), sentence_end(text, found, hit.end - 1)
            if folded[end - 1] != "?" and folded[begin] not in _ASKING:
                yield hit

    def _is_of_threat(self, text: str, found: Sequence[Word], hit: Hit) -> bool:
        """Return whether the clause of ``hit`` tells of a threat and of nothing else: not "mein Sohn ist weg"."""
        start, end = _clause(text, found, hit)
        return all(
            found[place].folded in self._of_threats
            for place in (*range(start, hit.start), *range(hit.end, end))
        )

    def _denials(self, text: str, found: Sequence[Word], hit: Hit) -> list[int]:
        """Return the places of the negations shortly before ``hit`` in its sentence, and behind it in its clause."""
        begin = max(sentence_start(text, found, hit.start), hit.start - _NEAR)
        places = (*range(begin, hit.start), *range(hit.end, _clause(text, found, hit)[1]))
        return [place for place in places if found[place].folded in self._negations]

    def reply(self, kind: str) -> Reply:
        """Return what to say to an emergency of ``kind``."""
        return self._replies[kind]

    def is_foreseen(self, kind: str, folded: Sequence[str]) -> bool:
        """Return whether the content has a sentence of its own for these words in an emergency of ``kind``."""
        return bool(self._meant(kind, folded))

    def meanwhile(self, kind: str, folded: Sequence[str]) -> Reply:
        """Return what to say to these words while an emergency of ``kind`` lasts.

        Of several sentences that fit the first one of the content is taken, of none the last one.
        """
        return self._meanwhile[kind][min(self._meant(kind, folded), default=-1)]

    def _meant(self, kind: str, folded: Sequence[str]) -> list[int]:
        """Return the places of the sentences that fit; a single word counts only if little else is said."""
        plain = [word for word in folded if word not in "?!"]
        hits = self._foreseen[kind].find(plain)
        return [int(hit.id) for hit in hits if hit.end - hit.start > 1 or len(plain) <= _FEW]


def _clause(text: str, found: Sequence[Word], hit: Hit) -> tuple[int, int]:
    """Return the words [start, end) of the clause that ``hit`` is in; "und" ends one."""
    start, end = hit.start, hit.end
    while start > 0 and not _is_broken(text, found[start - 1], found[start]):
        start -= 1
    while end < len(found) and not _is_broken(text, found[end - 1], found[end]):
        end += 1
    return start, end


def _is_broken(text: str, left: Word, right: Word) -> bool:
    between = text[left.end : right.start]
    return (
        left.folded in "?!"
        or left.folded in _JOINING
        or right.folded in _JOINING
        or not _BREAKS.isdisjoint(between)
    )


def _is_other_clause(text: str, found: Sequence[Word], denial: int, claim: int) -> bool:
    """Return whether a comma ends what is denied: "keine Sorge, alles gut", not "ich glaube nicht, dass es vorbei ist"."""
    return any(
        "," in text[found[place].end : found[place + 1].start] and found[place + 1].folded not in _SUBORDINATE
        for place in range(denial, claim)
    )


def _reply(alarm: knowledge.Alarm) -> Reply:
    after = (alarm.after,) if alarm.after else ()
    return _emergency(alarm, (*alarm.paragraphs, *after))


def _meanwhile(alarm: knowledge.Alarm) -> list[Reply]:
    return [_emergency(alarm, said.paragraphs) for said in alarm.meanwhile] or [_reply(alarm)]


def _emergency(alarm: knowledge.Alarm, paragraphs: tuple[str, ...]) -> Reply:
    return Reply(Outcome.EMERGENCY, paragraphs, contacts=alarm.contacts, topics=(TOPIC,))
