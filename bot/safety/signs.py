"""Recognises acute danger and despair by fixed signals, before anything else runs.

This part needs no learned model: it works when the matcher is broken. What the
signals miss, the model finds (``Judgement.danger``); both lead to the same reply.
"""

from __future__ import annotations

from collections.abc import Container, Sequence, Set

from bot import grammar, knowledge
from bot.layout import ALARM, DANGER, DESPAIR, HARM
from bot.reading.asking import is_put_as_question
from bot.reading.patterns import Hit, Patterns, covered
from bot.reply import Outcome, Reply
from bot.safety.compounds import Compounds
from bot.safety.distance import Distance
from bot.text import Utterance, fold, spoken

_LONGEST_THREAT = 25
"""Words beyond which a message that threatens ("ich bring ihn um") tells of what somebody else said."""
_FEW = 3
"""Words up to which "hilfe" is a cry; in "danke für die hilfe" it is none."""
_LONGEST_WISH = 5
"""Words from "soll" to the end within which only that is told: "soll mich endlich umbringen"."""


class Safety:
    """The fixed signals of ``safety.yaml`` and the replies to an emergency.

    A ``distance`` silences signals. What words in ``known`` signal is remembered.
    """

    def __init__(self, content: knowledge.Safety, distance: Distance, known: Container[str] = ()) -> None:
        self._kinds = frozenset(content.always)
        self._compounds = Compounds(content, known)
        self._signs = Patterns({**content.always, **self._compounds.first}, known)
        self._distance = distance
        alarms = content.alarms
        self._replies = {kind: _reply(alarm) for kind, alarm in alarms.items()}
        self._meanwhile = {kind: _meanwhile(alarm) for kind, alarm in alarms.items()}
        self._foreseen = {
            kind: Patterns({str(place): said.ask for place, said in enumerate(alarm.meanwhile)})
            for kind, alarm in alarms.items()
        }
        self._unless_of = {kind: Patterns({kind: alarm.unless}) for kind, alarm in alarms.items()}
        self._unknown = {
            kind: _emergency(alarm, alarm.unknown) for kind, alarm in alarms.items() if alarm.unknown
        }
        self._awaited = {
            kind: (frozenset(map(fold, alarm.awaited.ask)), _emergency(alarm, alarm.awaited.paragraphs))
            for kind, alarm in alarms.items()
            if alarm.awaited
        }
        self.next = {kind: alarm.next for kind, alarm in alarms.items()}
        self.reminders = {kind: alarm.reminder for kind, alarm in alarms.items()}
        self.over = {kind: alarm.over for kind, alarm in alarms.items()}

    # --- is somebody in danger ------------------------------------------------------

    def signal(self, utterance: Utterance) -> str | None:
        """Return the kind of emergency that a sentence of an utterance signals, if any.

        A phrase that shows a past, rehearsed or imagined event silences the
        signals of its sentence; then the learned examples decide.
        """
        if not self._signs.scan(utterance.folded):
            return None  # as mostly: no sentence holds a sign
        # Of the whole message, thus looked for once for all its sentences.
        figures = self._distance.figures.places(utterance.folded)
        start = 0
        while start < len(utterance.folded):
            end = utterance.sentence_end(start)
            kind = self._signal_of(utterance, start, end, figures)
            if kind is not None:
                return kind
            start = end
        return None

    def _signal_of(self, utterance: Utterance, start: int, end: int, figures: Set[int]) -> str | None:
        """Return what the sentence [start, end) signals; ``figures`` are the places of words that mean no danger."""
        folded = utterance.folded[start:end]
        signs = self._signs.scan(folded)
        if not signs:
            return None
        hits = [Hit(*sign) for sign in signs if sign[0] in self._kinds]
        hits = [hit for hit in hits if figures.isdisjoint(range(start + hit.start, start + hit.end))]
        sentence = utterance.part(start, end)
        if not hits:
            return self._together(sentence, {sign[0] for sign in signs})
        is_own = _is_own_despair(hits, folded)
        if not is_own and self._distance.is_only_dreamt(sentence):
            return None
        if self._distance.is_distant(folded, is_own=is_own):
            turn = self._distance.turn(sentence)
            if turn and not self._distance.is_distant(folded[turn:], is_own=is_own):
                return self._signal_of(utterance, start + turn, end, figures)
            near = self._distance.before_past(sentence)
            return self._signal_of(utterance, start, start + near, figures) if near else None
        hits = [hit for hit in hits if not _is_denied_behind(sentence, hit)]
        if not is_own:
            hits = self._of_people(sentence, hits)
        if not hits:
            return None
        if any(hit.id == HARM for hit in hits):
            harm = [] if self._is_told(utterance) else [hit for hit in hits if _is_announced(sentence, hit)]
            quoted = _quoted(utterance)
            hits = [h for h in hits if h.id != HARM or (h in harm and not _is_within(quoted, h, start))]
            if not hits:
                return None
        # One alarming word in a longer sentence may be a figure of speech; a phrase is not.
        longest = max(hits, key=lambda hit: hit.end - hit.start)
        plain = spoken(folded)
        if longest.end - longest.start == 1 and len(plain) > 2:
            return None
        return DANGER if _is_done_to_oneself(sentence, longest) else longest.id

    def _together(self, sentence: Utterance, said: Set[str]) -> str | None:
        """Return the kind of danger that words of a sentence are only together; not of a case ("wenn") or at leisure.

        ``said`` are the signs in it.
        """
        folded = sentence.folded
        kind = self._compounds.kind(said, folded)
        if kind is None or not grammar.IF.isdisjoint(folded):
            return None
        if self._distance.is_distant(folded) or self._distance.is_unhurried(folded):
            return None
        return None if self._distance.is_only_dreamt(sentence) else kind

    def _of_people(self, sentence: Utterance, hits: Sequence[Hit]) -> list[Hit]:
        """Return the ``hits`` that are not said of a thing: "das Mikrofon würgt mich ab"."""
        places = covered(self._distance.failures(sentence))
        return [hit for hit in hits if places.isdisjoint(range(hit.start, hit.end))]

    def _is_told(self, utterance: Utterance) -> bool:
        """Return whether an utterance repeats what somebody else said or wrote: "er schrieb: ich mach den fertig"."""
        folded = utterance.folded
        return len(folded) > _LONGEST_THREAT or bool(self._unless_of[HARM].find(folded))

    def wish_of_others(self, folded: Sequence[str]) -> int:
        """Return where folded words begin to tell, at their end, what others want one to do to oneself; -1 if they do not.

        "In dem Brief steht, ich soll sterben", not what voices want, nor "sie sagen, ich soll sterben, und ich mach es".
        """
        start = _start_of_wish(folded)
        is_told = start > 0 and bool(self._unless_of[HARM].find(folded[:start]))
        return start if is_told and grammar.VOICES.isdisjoint(folded) else -1

    def is_said_to_face(self, folded: Sequence[str]) -> bool:
        """Return whether such a wish is that of somebody near, and spoken: "mein Mann sagt, ich soll sterben"."""
        before = folded[: max(_start_of_wish(folded), 0)]
        return not (grammar.SPOKEN.isdisjoint(before) or grammar.MINE.isdisjoint(before))

    # --- what is said ---------------------------------------------------------------

    def reply(self, kind: str) -> Reply:
        """Return what to say to an emergency of ``kind``."""
        return self._replies[kind]

    def knows(self, kind: str) -> bool:
        """Return whether the content has an answer to emergencies of ``kind``."""
        return kind in self._replies

    def is_foreseen(self, kind: str, folded: Sequence[str]) -> bool:
        """Return whether the content has a sentence of its own for these words in an emergency of ``kind``."""
        return bool(self._meant(kind, folded))

    def meanwhile(self, kind: str, folded: Sequence[str]) -> Reply:
        """Return what to say to these words while an emergency of ``kind`` lasts.

        Of several sentences that fit the first one of the content is taken, of none the one for a question
        without an answer if they ask ("was wird aus dem auto"), else the last one.
        """
        meant = self._meant(kind, folded)
        if not meant and is_put_as_question(folded):
            return self._unknown.get(kind, self._meanwhile[kind][-1])
        return self._meanwhile[kind][min(meant, default=-1)]

    def awaited(self, kind: str, folded: Sequence[str], *, is_agreed: bool) -> Reply | None:
        """Return what to say to words that only tell that help is coming; ``None`` if they tell more.

        They name who helps, or stand behind an "ok" (``is_agreed``): else those who threaten may be meant, as in "sie
        kommen" and "ok sie kommen rein".
        """
        phrases, reply = self._awaited.get(kind, (frozenset(), None))
        is_told = " ".join(spoken(folded)) in phrases
        return reply if is_told and (is_agreed or self._distance.names_help(folded)) else None

    def _meant(self, kind: str, folded: Sequence[str]) -> list[int]:
        """Return the places of the sentences that fit; a single word counts only if little else is said."""
        plain = spoken(folded)
        hits = self._foreseen[kind].find(plain)
        return [int(hit.id) for hit in hits if hit.end - hit.start > 1 or len(plain) <= _FEW]


def _quoted(utterance: Utterance) -> set[int]:
    """Return the places of the words between quotation marks; behind one that is not closed, of all that follow."""
    text = utterance.text
    if grammar.QUOTES.isdisjoint(text):
        return set()
    marks = [
        place
        for place, sign in enumerate(text)
        # Within a word it is an apostrophe: "geht‘s".
        if sign in grammar.QUOTES
        and not (text[place - 1 : place].isalnum() and text[place + 1 : place + 2].isalnum())
    ]
    return {
        place for place, word in enumerate(utterance.words) if sum(mark < word.start for mark in marks) % 2
    }


def _is_within(quoted: Set[int], hit: Hit, start: int) -> bool:
    """Return whether all of a ``hit`` in the sentence at ``start`` is ``quoted``: in „den "Herrn" bring ich um“ it is not."""
    return quoted >= set(range(start + hit.start, start + hit.end))


def _is_announced(sentence: Utterance, hit: Hit) -> bool:
    """Return whether ``hit`` tells of an act against a third person, and its clause ends there.

    "Ich bring ihn um", not "ich bring mich um" nor "ich bring es um acht".
    """
    folded, end = sentence.folded, hit.end
    if not grammar.ONESELF.isdisjoint(folded[hit.start : end]):
        return False
    is_last = folded[end - 1] not in grammar.PREFIXES or sentence.ends_clause(end)
    return is_last or folded[end] in grammar.CARRYING_ON


def _start_of_wish(folded: Sequence[str]) -> int:
    """Return where "ich soll sterben" or "dass ich sterben soll" begins at the end of folded words; -1 if neither does."""
    for place in range(len(folded) - 2, max(len(folded) - _LONGEST_WISH, 0), -1):
        if folded[place] in grammar.SHALL:
            return place - (folded[place - 1] in grammar.WRITER)
    for place in range(len(folded) - 2, max(len(folded) - _LONGEST_WISH - 2, 0), -1):
        is_last = folded[-1] in grammar.SHALL and folded[place + 1] in grammar.WRITER
        if is_last and folded[place] in grammar.SUBORDINATE:
            return place
    return -1


def _is_denied_behind(sentence: Utterance, hit: Hit) -> bool:
    """Return whether the words behind ``hit`` deny it: "es brennt nirgends", "es brennt nicht, ich …".

    The denial ends its clause: not "es brennt nicht nur im Keller", "es brennt nirgends ein Feuerlöscher zu finden",
    nor "es brennt nicht, sondern raucht".
    """
    folded, denial = sentence.folded, hit.end
    if hit.id == DESPAIR or denial == len(folded) or folded[denial] not in grammar.NOWHERE:
        return False
    behind = denial + 1
    is_last = sentence.ends_clause(behind) or folded[behind] in grammar.BEHIND_DENIAL
    return is_last and grammar.INSTEAD not in folded[behind : behind + 1]


def _is_done_to_oneself(sentence: Utterance, hit: Hit) -> bool:
    """Return whether what sounds like despair is what somebody else does: "mein Onkel will mich umbringen"."""
    folded = sentence.folded
    if hit.id != DESPAIR or grammar.ONESELF.isdisjoint(folded[hit.start : hit.end]):
        return False
    return grammar.SPEAKERS.isdisjoint(folded) and hit.start > 0 and not sentence.begins_clause(hit.start)


def _is_own_despair(hits: Sequence[Hit], folded: Sequence[str]) -> bool:
    return any(hit.id == DESPAIR for hit in hits) and not grammar.FIRST_PERSON.isdisjoint(folded)


def _reply(alarm: knowledge.Alarm) -> Reply:
    after = (alarm.after,) if alarm.after else ()
    return _emergency(alarm, (*alarm.paragraphs, *after))


def _meanwhile(alarm: knowledge.Alarm) -> list[Reply]:
    return [_emergency(alarm, said.paragraphs) for said in alarm.meanwhile] or [_reply(alarm)]


def _emergency(alarm: knowledge.Alarm, paragraphs: tuple[str, ...]) -> Reply:
    return Reply(Outcome.EMERGENCY, paragraphs, contacts=alarm.contacts, topics=(ALARM,))
